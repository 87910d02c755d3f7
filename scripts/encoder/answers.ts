import type { AppError, ErrorCode } from '../../src/errors.ts';
import { openAiError, shouldRetryHeaders } from '../../src/rest/openai/errors.ts';
import { EmbeddingsRequestError } from '../../src/rest/openai/read-request.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What failed; null for a success. */
  readonly code: ErrorCode | null;
}

const JSON_TYPE = { 'content-type': 'application/json' };

export function jsonAnswer(value: unknown, status = 200): Answer {
  return { status, headers: JSON_TYPE, body: Buffer.from(JSON.stringify(value)), code: null };
}

export function textAnswer(body: string, type: string): Answer {
  return { status: 200, headers: { 'content-type': type }, body: Buffer.from(body), code: null };
}

/**
 * A failure as OpenAI's clients read it, with `Retry-After` where it is known, and `x-should-retry` where to ask again is in vain.
 * @param status of HTTP, where it is not the usual one of the code
 */
export function errorAnswer(
  error: AppError,
  { status = STATUS[error.code] ?? 500, headers = {} }: ErrorOptions = {},
): Answer {
  const { code, message, retryable, retryAfterSeconds } = error;
  const param = error instanceof EmbeddingsRequestError ? error.param : null;
  const written = openAiError({ code, message, param }, status);
  const retry = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  return {
    status: written.status,
    headers: { ...JSON_TYPE, ...retry, ...shouldRetryHeaders(retryable, retryAfterSeconds), ...headers },
    body: Buffer.from(JSON.stringify(written.body)),
    code,
  };
}

interface ErrorOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** 422 for a picture that is none, 413 for what is too much: who sent many then knows that fewer, without that one, may do. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  BAD_INPUT: 400,
  URL_REFUSED: 400,
  UNAUTHENTICATED: 401,
  ENCODER_MISMATCH: 404,
  LIMIT_EXCEEDED: 413,
  IMAGE_TOO_LARGE: 413,
  BAD_IMAGE: 422,
  ENCODER_BUSY: 429,
};
