import type { ErrorCode, ItemError } from '../../../src/graphql/generated/api.ts';

/** Why something has no answer, whether the API said so or never got to. `UNREACHABLE` and `TOO_MUCH` are the page's own. */
export interface Failure {
  readonly code: ErrorCode | 'UNREACHABLE' | 'TOO_MUCH';
  readonly message: string;
  readonly retryable: boolean;
}

/** Thrown by `send`; carries what a person is shown. */
export class ApiFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'ApiFailure';
    this.failure = failure;
  }
}

const TITLES: Readonly<Record<Failure['code'], string>> = {
  BAD_INPUT: 'A value is out of range',
  BAD_IMAGE: 'Not a picture that can be read',
  IMAGE_TOO_LARGE: 'The picture is too large',
  URL_REFUSED: 'This address is not fetched',
  URL_FAILED: 'The picture’s host did not deliver it',
  BAD_VECTOR: 'The vector does not fit',
  ENCODER_MISMATCH: 'Made for another encoder',
  SELECTION_NOT_FOUND: 'No such selection',
  CORPUS_NOT_FOUND: 'No such corpus',
  LIMIT_EXCEEDED: 'Over a limit of this API',
  RATE_LIMITED: 'Too many requests',
  UNAUTHENTICATED: 'Credentials are needed',
  FORBIDDEN: 'Not allowed',
  ENCODER_TIMEOUT: 'The encoder did not answer in time',
  ENCODER_BUSY: 'The encoder is busy',
  ENCODER_QUOTA: 'The encoder’s quota is used up',
  ENCODER_FAILED: 'The encoder failed',
  STORAGE_FAILED: 'The published selections cannot be read',
  INTERNAL: 'The API has a bug',
  UNREACHABLE: 'The API does not answer',
  TOO_MUCH: 'Too large to send',
};

/** The failure's code in words, for a heading. */
export function failureTitle(failure: Failure): string {
  return TITLES[failure.code];
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && code in TITLES && code !== 'UNREACHABLE' && code !== 'TOO_MUCH';
}

export function fromItemError({ code, message, retryable }: Omit<ItemError, '__typename'>): Failure {
  return { code, message, retryable };
}

/** What went wrong, of anything that was caught around `send`. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof ApiFailure) return thrown.failure;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'INTERNAL', message, retryable: false };
}
