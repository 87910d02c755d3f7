import type { Recorder, RequestRecord } from './recorder.ts';

const METHODS = { info: 'log', warn: 'warn', error: 'error' } as const;
/** Of an error's message and stack: enough to find the place, too little for a text that was sent to matter. */
const MAX_MESSAGE_CHARACTERS = 300;
const MAX_STACK_CHARACTERS = 2_000;

/** Which requests get a line in the log. */
export type RequestLogMode = 'all' | 'errors' | 'off';

/** One line of JSON in the log, which Workers Logs and Logpush take apart by field. Nothing in it may be content or a key. */
export function writeLog(
  level: keyof typeof METHODS,
  event: string,
  fields: Readonly<Record<string, unknown>>,
): void {
  console[METHODS[level]](JSON.stringify({ time: new Date().toISOString(), level, event, ...fields }));
}

/** What the log says of an error that nobody expected. */
export function describeError(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof Error)) return { error: typeof error };
  return {
    error: error.name,
    message: error.message.slice(0, MAX_MESSAGE_CHARACTERS),
    ...(error.stack === undefined ? {} : { stack: framesOf(error).slice(0, MAX_STACK_CHARACTERS) }),
  };
}

/** The stack without the message that V8 repeats at its head. */
function framesOf({ stack = '' }: Error): string {
  return stack.slice(Math.max(0, stack.search(/^\s+at /m))).trim();
}

/** One line for each request, or for each that failed. */
export function createRequestLog(mode: Exclude<RequestLogMode, 'off'>): Recorder {
  return {
    record(request) {
      if (mode === 'errors' && !hasFailed(request)) return;
      const { embeddings, ...fields } = request;
      writeLog(request.status >= 500 ? 'error' : 'info', 'request', {
        ...fields,
        cache: embeddings && {
          isolate: embeddings.isolate,
          shared: embeddings.shared,
          encoded: embeddings.encoded,
        },
        encodeMs: embeddings && { images: embeddings.encodeImagesMs, texts: embeddings.encodeTextsMs },
      });
    },
  };
}

function hasFailed({ status, codes }: RequestRecord): boolean {
  return status >= 400 || Object.keys(codes).length > 0;
}
