import type { AppError, ErrorCode } from '../errors.ts';

/** Why something could not be answered, in its place; as `ItemError` of schema.graphql. */
export interface ItemError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | null;
}

/** @throws the error where it is INTERNAL, a bug, which is not told item by item */
export function toItemError(error: AppError): ItemError {
  if (error.code === 'INTERNAL') throw error;
  const { code, message, retryable, retryAfterSeconds } = error;
  return { code, message, retryable, retryAfterSeconds };
}
