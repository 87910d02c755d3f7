import { describeError, writeLog } from './log.ts';
import type { CountedRequest, EmbeddingTotals, RequestRecord } from './recorder.ts';
import type { Telemetry } from './recorders.ts';
import { REQUEST_ID_HEADER } from './request-id.ts';
import { type RequestTrace, startTrace } from './request-trace.ts';
import type { Route } from './route.ts';

interface Observation {
  readonly route: Route;
  readonly telemetry: Telemetry;
  /** What the request did for embeddings, asked for when it is answered. */
  readonly embeddings: () => EmbeddingTotals | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const MAX_OPERATION_CHARACTERS = 64;
const NAMES = /^[_A-Za-z]\w*$/;

/**
 * Answers a request, and takes note of it: its id goes into the answer's header, what nobody may keep is marked `no-store`, and
 * the recorders are told. What `answer` throws, a bug, becomes a 500 that says nothing of it.
 */
export async function observe(
  request: Request,
  { route, telemetry, embeddings, now = Date.now }: Observation,
  answer: (trace: RequestTrace) => Response | Promise<Response>,
): Promise<Response> {
  const trace = startTrace(request, { route, now: now(), embeddings });
  let response: Response;
  try {
    response = await answer(trace);
  } catch (error) {
    response = answerBug(trace, error);
  }
  const { headers } = response;
  headers.set(REQUEST_ID_HEADER, trace.requestId);
  headers.set('x-content-type-options', 'nosniff');
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  const counted = toCounted(response, trace, now());
  telemetry.counter.record(counted);
  if (telemetry.recorders.length > 0) {
    const record = toRecord(request, trace, counted);
    for (const recorder of telemetry.recorders) recorder.record(record);
  }
  return response;
}

function answerBug(trace: RequestTrace, error: unknown): Response {
  trace.codes.set('INTERNAL', 1);
  writeLog('error', 'bug', { requestId: trace.requestId, ...describeError(error) });
  return Response.json(
    {
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'Unexpected error.',
      code: 'INTERNAL',
      requestId: trace.requestId,
    },
    { status: 500, headers: { 'content-type': 'application/problem+json' } },
  );
}

function toCounted(response: Response, trace: RequestTrace, now: number): CountedRequest {
  return {
    route: trace.route,
    status: response.status,
    ms: now - trace.startedAt,
    codes: Object.fromEntries(trace.codes),
    cost: trace.cost,
    records: [...trace.records],
    embeddings: trace.embeddings() ?? null,
  };
}

function toRecord(request: Request, trace: RequestTrace, counted: CountedRequest): RequestRecord {
  const { route, status, ms, codes, cost, records, embeddings } = counted;
  const length = request.headers.get('content-length');
  // In the order that the log tells it.
  return {
    requestId: trace.requestId,
    route,
    method: request.method,
    status,
    ms,
    bytes: length === null || !/^\d{1,15}$/.test(length) ? null : Number(length),
    answerCharacters: trace.answerCharacters,
    operation: shortName(trace.operation),
    codes,
    cost,
    caller: trace.caller,
    records,
    embeddings,
    ray: request.headers.get('cf-ray'),
  };
}

/** What cannot be a name of GraphQL is not repeated. */
function shortName(operation: string | null): string | null {
  return operation !== null && NAMES.test(operation) ? operation.slice(0, MAX_OPERATION_CHARACTERS) : null;
}
