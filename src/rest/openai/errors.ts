import type { ErrorCode } from '../../errors.ts';
import type { OpenAiErrorBody } from './answer-schemas.ts';
import { MODEL_NOT_FOUND } from './write-answer.ts';

/** A failure as a route knows it. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** The field of the request that is wrong, where one is. */
  readonly param?: string | null;
}

/**
 * An error as OpenAI's clients read it, nested; they make nothing of a flat one.
 * @param status of HTTP; a model that does not run here is 404, since the clients ask again after 409
 */
export function openAiError(
  { code, message, param = null }: Failure,
  status: number,
): { readonly status: number; readonly body: OpenAiErrorBody } {
  if (code === 'ENCODER_MISMATCH' && param === 'model') {
    return { status: 404, body: { error: { message, type: typeOf(404), param, code: MODEL_NOT_FOUND } } };
  }
  return { status, body: { error: { message, type: typeOf(status), param, code } } };
}

/** OpenAI's clients wait within a call for as long as they are told; one that would take longer than this had better fail. */
const MAX_WAIT_SECONDS = 60;

/**
 * Tells OpenAI's clients not to ask again where that is in vain: by themselves they do after 408, 409, 429 and every 5xx, charged each time.
 * @param retryAfterSeconds null where it is not known
 */
export function shouldRetryHeaders(
  isRetryable: boolean,
  retryAfterSeconds: number | null,
): Readonly<Record<string, string>> {
  const helps = isRetryable && (retryAfterSeconds ?? 0) <= MAX_WAIT_SECONDS;
  return helps ? {} : { 'x-should-retry': 'false' };
}

/** OpenAI's names of kinds of errors. */
function typeOf(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 403:
      return 'permission_error';
    case 429:
      return 'rate_limit_error';
    default:
      return status >= 500 ? 'server_error' : 'invalid_request_error';
  }
}
