import type { AttackRequest } from './attack-request.ts';
import { BOUNDS, type Outcome } from './outcome.ts';
import { findLeak } from './leaks.ts';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly bytes: number;
}

/** Codes that put the blame on the caller, where it belongs: ours, and those of GraphQL and of GraphQL over HTTP. */
const REFUSALS: ReadonlySet<string> = new Set([
  'BAD_INPUT',
  'BAD_IMAGE',
  'IMAGE_TOO_LARGE',
  'URL_REFUSED',
  'BAD_VECTOR',
  'ENCODER_MISMATCH',
  'SELECTION_NOT_FOUND',
  'CORPUS_NOT_FOUND',
  'LIMIT_EXCEEDED',
  'BAD_REQUEST',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  // What OpenAI calls it.
  'model_not_found',
]);

/** What an answer is worth: refused properly, answered, or a fault with its reason. CPU is judged by the verdict. */
export function judgeAnswer(
  request: AttackRequest,
  answer: RawAnswer,
  { cpuMs, secrets, marker }: { cpuMs: number; secrets: readonly RegExp[]; marker: string },
): Outcome {
  const leak = findLeak(answer.text, { sent: textOf(request), secrets, marker });
  const measured = { cpuMs, answerBytes: answer.bytes, ...(leak === null ? {} : { leak }) };
  const fault = (why: string): Outcome => ({ verdict: 'fault', why, ...measured });
  if (answer.status >= 500) return fault(`status ${answer.status}: ${answer.text.slice(0, 300)}`);
  const parsed = parseAnswer(answer.text, request.path.startsWith('/v1/'));
  if (typeof parsed === 'string')
    return fault(`${parsed} (status ${answer.status}): ${answer.text.slice(0, 300)}`);
  const codes = codesIn(parsed);
  const unknown = codes.filter((code) => !REFUSALS.has(code));
  if (unknown.length > 0) return fault(`code ${unknown[0]}: ${answer.text.slice(0, 300)}`);
  const isRefused = codes.length > 0;
  if (request.codes && !(isRefused && codes.every((code) => request.codes?.includes(code)))) {
    return fault(`expected ${request.codes.join(' or ')}, got ${answer.text.slice(0, 300)}`);
  }
  if (!isRefused && answer.status !== 200) return fault(`status ${answer.status} without an error`);
  if (isRefused && answer.bytes > BOUNDS.refusalBytes) return fault(`a refusal of ${answer.bytes} bytes`);
  const boundMs = isRefused ? BOUNDS.refusedCpuMs : BOUNDS.answeredCpuMs;
  if (cpuMs > boundMs) return fault(`${Math.round(cpuMs)} ms of CPU, expected at most ${boundMs}`);
  const wrong = wrongNumber(parsed.data) ?? (isRefused ? null : (request.checkData?.(parsed.data) ?? null));
  if (wrong !== null) return fault(`wrong data: ${wrong}`);
  return { verdict: isRefused ? 'refused' : 'answered', ...measured };
}

interface ParsedAnswer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** Well-formed by GraphQL over HTTP, or as REST answers, and every error with a code; or what is not. */
function parseAnswer(text: string, isRest: boolean): ParsedAnswer | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'no JSON';
  }
  if (!isObject(parsed)) return 'no object';
  if (isRest) return parseRest(parsed);
  const { errors, data } = parsed;
  if (data === undefined && errors === undefined) return 'neither data nor errors';
  if (errors !== undefined) {
    if (!Array.isArray(errors) || errors.length === 0) return 'errors are no list of some';
    for (const error of errors as unknown[]) {
      if (!isObject(error) || typeof error.message !== 'string') return 'an error without a message';
      if (!isObject(error.extensions) || typeof error.extensions.code !== 'string')
        return 'an error without a code';
    }
  }
  return parsed;
}

/** An answer, a problem of RFC 9457, or an error as OpenAI nests it. */
function parseRest(parsed: Record<string, unknown>): ParsedAnswer | string {
  const nested = isObject(parsed.error) && parsed.items === undefined ? parsed.error : null;
  const isProblem = parsed.type === 'about:blank';
  if (nested === null && !isProblem) return { data: parsed };
  const [message, code] = nested ? [nested.message, nested.code] : [parsed.detail, parsed.code];
  if (typeof message !== 'string') return 'an error without a message';
  if (typeof code !== 'string') return 'an error without a code';
  return { errors: [{ message, extensions: { code } }] };
}

/** Of errors, and of errors in the places of items. */
function codesIn({ data, errors = [] }: ParsedAnswer): string[] {
  const codes = errors.map(({ extensions }) => extensions.code);
  walk(data, (value) => {
    if (typeof value.code === 'string' && typeof value.message === 'string') codes.push(value.code);
  });
  return codes;
}

/** A probability or cosine out of its range; JSON has no NaN. */
function wrongNumber(data: unknown): string | null {
  let wrong: string | null = null;
  walk(data, ({ cosine, probability }) => {
    if (typeof cosine === 'number' && Math.abs(cosine) > 1 + 1e-6) wrong = `cosine ${cosine}`;
    if (typeof probability === 'number' && !(probability >= 0 && probability <= 1))
      wrong = `probability ${probability}`;
  });
  return wrong;
}

function walk(value: unknown, visit: (object: Record<string, unknown>) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
  } else if (isObject(value)) {
    visit(value);
    for (const item of Object.values(value)) walk(item, visit);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf({ path, body }: AttackRequest): string {
  return `${path}\n${Buffer.from(body).toString('utf8')}`;
}
