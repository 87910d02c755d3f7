/** The codes of the GraphQL `ErrorCode` enum; schema.graphql describes when each is given. */
export type ErrorCode =
  | 'BAD_INPUT'
  | 'BAD_IMAGE'
  | 'IMAGE_TOO_LARGE'
  | 'URL_REFUSED'
  | 'URL_FAILED'
  | 'BAD_VECTOR'
  | 'ENCODER_MISMATCH'
  | 'SELECTION_NOT_FOUND'
  | 'CORPUS_NOT_FOUND'
  | 'LIMIT_EXCEEDED'
  | 'RATE_LIMITED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'ENCODER_TIMEOUT'
  | 'ENCODER_BUSY'
  | 'ENCODER_QUOTA'
  | 'ENCODER_FAILED'
  | 'STORAGE_FAILED'
  | 'INTERNAL';

/** The codes after which the same request may succeed later, unchanged. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'URL_FAILED',
  'RATE_LIMITED',
  'ENCODER_TIMEOUT',
  'ENCODER_BUSY',
  'STORAGE_FAILED',
]);

/**
 * An expected failure, told to the caller as it stands: `message` names what was expected and what came, and holds
 * nothing internal. Anything else that is thrown is a bug and stays masked.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.retryable = RETRYABLE.has(code);
  }
}
