import type { ErrorCode, ItemError } from './generated/api.ts';

/**
 * The API's own codes, and two of this client: `NETWORK_FAILED`, no answer came; `UNEXPECTED_ANSWER`, one that is not the API's
 * (of a proxy before it, say).
 */
export type AlignqlErrorCode = ErrorCode | 'NETWORK_FAILED' | 'UNEXPECTED_ANSWER';

/** Why a call has no result. What an aborted call throws is the signal's reason, as with `fetch`. */
export class AlignqlError extends Error {
  /** Branch on this: messages may change. */
  declare readonly code: AlignqlErrorCode;
  /** HTTP status; null when no answer came. An item's own error comes with 200. */
  declare readonly status: number | null;
  /** What the operator finds the request by; null when no answer came. */
  declare readonly requestId: string | null;
  /** Whole seconds before which asking again cannot help; null where that is not known. */
  declare readonly retryAfter: number | null;
  /** Whether the same call may succeed later. It was repeated already, as often as the client's `retries` says. */
  declare readonly retryable: boolean;

  constructor({ message, ...facts }: ErrorFacts) {
    super(message);
    Object.assign(this, { name: 'AlignqlError', status: null, requestId: null, retryAfter: null }, facts);
  }
}

type Known = 'code' | 'message' | 'retryable';
type ErrorFacts = Pick<AlignqlError, Known> & Partial<Omit<AlignqlError, Known>>;

/** The error of a call whose item failed, in an answer that came. */
export function fromItemError(
  { retryAfterSeconds: retryAfter = null, ...item }: ItemError,
  requestId: string | null,
): AlignqlError {
  return new AlignqlError({ ...item, status: 200, requestId, retryAfter });
}
