import type { ErrorCode, ItemError } from './generated/api.ts';

/**
 * The API's own codes, and two of this client: `NETWORK_FAILED`, no answer came; `UNEXPECTED_ANSWER`, one that is not the API's
 * (of a proxy before it, say).
 */
export type AlignqlErrorCode = ErrorCode | 'NETWORK_FAILED' | 'UNEXPECTED_ANSWER';

export interface ErrorFacts {
  readonly code: AlignqlErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly status?: number | null;
  readonly requestId?: string | null;
  readonly retryAfter?: number | null;
  readonly cause?: unknown;
}

/** Why a call has no result. What an aborted call throws is the signal's reason, as with `fetch`. */
export class AlignqlError extends Error {
  /** Branch on this: messages may change. */
  readonly code: AlignqlErrorCode;
  /** HTTP status; null when no answer came. An item's own error comes with 200. */
  readonly status: number | null;
  /** What the operator finds the request by; null when no answer came. */
  readonly requestId: string | null;
  /** Whole seconds before which asking again cannot help; null where that is not known. */
  readonly retryAfter: number | null;
  /** Whether the same call may succeed later. It was repeated already, as often as the client's `retries` says. */
  readonly retryable: boolean;

  constructor({ code, message, retryable, status, requestId, retryAfter, cause }: ErrorFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AlignqlError';
    this.code = code;
    this.status = status ?? null;
    this.requestId = requestId ?? null;
    this.retryAfter = retryAfter ?? null;
    this.retryable = retryable;
  }
}

/** The error of a call whose item failed, in an answer that came. */
export function fromItemError(item: ItemError, requestId: string | null): AlignqlError {
  const { code, message, retryable, retryAfterSeconds } = item;
  return new AlignqlError({
    code,
    message,
    retryable,
    status: 200,
    requestId,
    retryAfter: retryAfterSeconds ?? null,
  });
}
