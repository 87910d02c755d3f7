import { AppError, type ErrorCode, shorten } from '../../errors.ts';

/** Longest part of an upstream message that is passed on, in characters. */
const MAX_MESSAGE_CHARACTERS = 200;

/** Whether the same call may go better: as long as there is time, a few times, or never. */
type Again = 'while-time' | 'few' | 'never';

export interface FailureKind {
  readonly code: ErrorCode;
  readonly again: Again;
  /** Nothing came from the model itself: what a circuit breaker counts. */
  readonly isUnavailable: boolean;
  /** Nobody is there, which passes as soon as somebody starts it: the same request may succeed later. */
  readonly isGone?: boolean;
  /** It may be the fault of one of several inputs, so that asking for the others alone can help. */
  readonly mayBeOneInput: boolean;
}

/** A failed call of a model elsewhere, or an answer that does not hold what was asked for. */
export class EncoderFailure extends AppError {
  readonly again: Again;
  readonly isUnavailable: boolean;
  readonly mayBeOneInput: boolean;
  /** What the model asks for, as exactly as it says it: callers are told whole seconds. */
  readonly retryAfterMs: number;

  constructor(
    kind: FailureKind,
    message: string,
    { retryAfterSeconds, ...options }: ErrorOptions & { readonly retryAfterSeconds?: number } = {},
  ) {
    const told = retryAfterSeconds === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterSeconds) };
    super(kind.code, message, { ...options, ...told, ...(kind.isGone ? { retryable: true } : {}) });
    this.retryAfterMs = (retryAfterSeconds ?? 0) * 1000;
    this.again = kind.again;
    this.isUnavailable = kind.isUnavailable;
    this.mayBeOneInput = kind.mayBeOneInput;
  }

  /** What the model says of an input: no sign that it is down. */
  get isRefusal(): boolean {
    return this.code === 'BAD_IMAGE' || this.code === 'IMAGE_TOO_LARGE';
  }
}

const whole = { mayBeOneInput: false } as const;

/** Every kind of failure that is told apart, whatever way the model is reached. */
export const FAILURES = {
  slow: { ...whole, code: 'ENCODER_TIMEOUT', again: 'while-time', isUnavailable: true },
  busy: { ...whole, code: 'ENCODER_BUSY', again: 'while-time', isUnavailable: true },
  over: { ...whole, code: 'ENCODER_TIMEOUT', again: 'never', isUnavailable: true },
  shut: { ...whole, code: 'ENCODER_BUSY', again: 'never', isUnavailable: false },
  quota: { ...whole, code: 'ENCODER_QUOTA', again: 'never', isUnavailable: false },
  /** Only the operator can put it right. */
  closed: { ...whole, code: 'ENCODER_FAILED', again: 'never', isUnavailable: false },
  unreachable: { ...whole, code: 'ENCODER_FAILED', again: 'few', isUnavailable: true, isGone: true },
  badInput: { code: 'BAD_IMAGE', again: 'never', isUnavailable: false, mayBeOneInput: true },
  tooLarge: { code: 'IMAGE_TOO_LARGE', again: 'never', isUnavailable: false, mayBeOneInput: true },
  unknown: { code: 'ENCODER_FAILED', again: 'few', isUnavailable: true, mayBeOneInput: true },
  wrongAnswer: { code: 'ENCODER_FAILED', again: 'never', isUnavailable: false, mayBeOneInput: true },
} as const satisfies Record<string, FailureKind>;

/** @param timeoutMs the deadline that has passed */
export function deadlinePassed(who: string, timeoutMs: number): EncoderFailure {
  return new EncoderFailure(FAILURES.over, `${who} did not answer within ${timeoutMs} ms`);
}

/**
 * What a caller gets while the model is not asked.
 * @param last the failure that it showed lately to this very request, if it did
 */
export function modelShut(who: string, retryAfterMs: number, last?: EncoderFailure): EncoderFailure {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new EncoderFailure(
    FAILURES.shut,
    `${who} has failed too often just now and is not asked before ${retryAfterSeconds} s have passed`,
    { cause: last, retryAfterSeconds },
  );
}

/**
 * An answer that came, but does not hold what was asked for.
 * @param advice for the operator, in the log
 */
export function wrongAnswer(message: string, advice?: string): EncoderFailure {
  if (advice !== undefined) console.error(`${message}: ${advice}`);
  return new EncoderFailure(FAILURES.wrongAnswer, message);
}

/** An upstream message as it may be passed on. */
export function onePlainLine(message: string): string {
  return shorten(message.replace(/[\s\p{Cc}]+/gu, ' ').trim(), MAX_MESSAGE_CHARACTERS);
}

/** A text is no picture: what a model refuses as input is a failure of the encoder there. */
export function asTextError(error: AppError): AppError {
  if (error.code !== 'BAD_IMAGE' && error.code !== 'IMAGE_TOO_LARGE') return error;
  return new AppError('ENCODER_FAILED', error.message, { cause: error });
}
