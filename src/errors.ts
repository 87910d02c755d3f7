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
  /** Whole seconds before which asking again cannot help; null where that is not known. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: ErrorCode,
    message: string,
    options?: ErrorOptions & {
      readonly retryAfterSeconds?: number;
      /** Where it is not as with the others of its code. */
      readonly retryable?: boolean;
    },
  ) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.retryable = options?.retryable ?? RETRYABLE.has(code);
    this.retryAfterSeconds = options?.retryAfterSeconds ?? null;
  }
}

/** Whether and when to ask again, for an error that tells another one in its own words. */
export function againAs({
  retryable,
  retryAfterSeconds,
}: Pick<AppError, 'retryable' | 'retryAfterSeconds'>): {
  readonly retryable: boolean;
  readonly retryAfterSeconds?: number;
} {
  return { retryable, ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }) };
}

/** The HTTP status of an error that fails a whole request. */
export function statusOf(code: ErrorCode): number {
  switch (code) {
    case 'BAD_INPUT':
    case 'BAD_IMAGE':
    case 'BAD_VECTOR':
    case 'URL_REFUSED':
    case 'LIMIT_EXCEEDED':
      return 400;
    case 'UNAUTHENTICATED':
      return 401;
    case 'FORBIDDEN':
      return 403;
    case 'SELECTION_NOT_FOUND':
    case 'CORPUS_NOT_FOUND':
      return 404;
    case 'ENCODER_MISMATCH':
      return 409;
    case 'IMAGE_TOO_LARGE':
      return 413;
    case 'RATE_LIMITED':
      return 429;
    case 'INTERNAL':
      return 500;
    case 'URL_FAILED':
    case 'ENCODER_FAILED':
      return 502;
    case 'ENCODER_BUSY':
    case 'ENCODER_QUOTA':
    case 'STORAGE_FAILED':
      return 503;
    case 'ENCODER_TIMEOUT':
      return 504;
  }
}

/** Most characters of a text that was sent which a message repeats. */
const MAX_QUOTED_CHARACTERS = 100;

/**
 * A text that was sent, as a message may repeat it: its first characters and an ellipsis where it is longer. No character is cut
 * in two.
 * @param most UTF-16 units kept, at least 1
 */
export function shorten(text: string, most = MAX_QUOTED_CHARACTERS): string {
  return text.length <= most ? text : `${text.slice(0, most - (partsPair(text, most) ? 1 : 0))}…`;
}

/** The same in quotation marks, as JSON writes it. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

/** Most names that a message lists. */
const MAX_LISTED = 10;

/**
 * What there is, for a message to whoever asked for what there is not: the first ten names and how many more.
 * @param names in the order in which they are shown
 */
export function whatThereIs(names: readonly string[]): string {
  if (names.length === 0) return 'There is none.';
  const shown = names.slice(0, MAX_LISTED).map((name) => quote(name));
  const more = names.length - shown.length;
  return `There ${names.length === 1 ? 'is' : 'are'} ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}

/** The beginning and the end of a text that is longer than `most` UTF-16 units together. No character is cut in two. */
export function shortenMiddle(text: string, most: number): string {
  if (text.length <= most) return text;
  const tail = Math.floor(most * 0.45);
  const from = text.length - tail;
  return shorten(text, most - tail - 1) + text.slice(from + (partsPair(text, from) ? 1 : 0));
}

/** Whether a cut before the unit at `index` parts the two halves of one character. */
function partsPair(text: string, index: number): boolean {
  return (text.codePointAt(index - 1) ?? 0) > 0xffff;
}
