import { AppError, type ErrorCode, shorten } from '../../errors.ts';

/** Longest part of an upstream message that is passed on, in characters. */
const MAX_MESSAGE_CHARACTERS = 200;

/** Whether the same call may go better: as long as there is time, a few times, or never. */
type Again = 'while-time' | 'few' | 'never';

interface Kind {
  readonly code: ErrorCode;
  readonly again: Again;
  /** Nothing came from the model itself: what a circuit breaker counts. */
  readonly isUnavailable: boolean;
  /** It may be the fault of one of several inputs, so that asking for the others alone can help. */
  readonly mayBeOneInput: boolean;
}

/** A failed call of the model, or an answer that does not hold what was asked for. */
export class AiFailure extends AppError {
  readonly again: Again;
  readonly isUnavailable: boolean;
  readonly mayBeOneInput: boolean;

  constructor(kind: Kind, message: string, options?: ErrorOptions & { readonly retryAfterSeconds?: number }) {
    super(kind.code, message, options);
    this.again = kind.again;
    this.isUnavailable = kind.isUnavailable;
    this.mayBeOneInput = kind.mayBeOneInput;
  }
}

const whole = { mayBeOneInput: false } as const;
const TIMEOUT: Kind = { ...whole, code: 'ENCODER_TIMEOUT', again: 'while-time', isUnavailable: true };
const NO_CAPACITY: Kind = { ...whole, code: 'ENCODER_BUSY', again: 'while-time', isUnavailable: true };
const OVER: Kind = { ...whole, code: 'ENCODER_TIMEOUT', again: 'never', isUnavailable: true };
const SHUT: Kind = { ...whole, code: 'ENCODER_BUSY', again: 'never', isUnavailable: false };
const QUOTA: Kind = { ...whole, code: 'ENCODER_QUOTA', again: 'never', isUnavailable: false };
const CLOSED: Kind = { ...whole, code: 'ENCODER_FAILED', again: 'never', isUnavailable: false };
const BAD_INPUT: Kind = { code: 'BAD_IMAGE', again: 'never', isUnavailable: false, mayBeOneInput: true };
const UNKNOWN: Kind = { code: 'ENCODER_FAILED', again: 'few', isUnavailable: true, mayBeOneInput: true };
const WRONG_ANSWER: Kind = {
  code: 'ENCODER_FAILED',
  again: 'never',
  isUnavailable: false,
  mayBeOneInput: true,
};

interface Meaning {
  readonly kind: Kind;
  readonly say: (upstream: string) => string;
  /** What the operator can do about it, for the log. */
  readonly advice?: (model: string) => string;
}

const tooSlow: Meaning = { kind: TIMEOUT, say: () => 'The AI model took too long' };
const badInput: Meaning = {
  kind: BAD_INPUT,
  say: (upstream) => `The AI model refused the input: ${upstream}`,
};
const notAllowed: Meaning = {
  kind: CLOSED,
  say: () => 'This deployment may not use its AI model; the log has the cause',
  advice: (model) => `this account may not use the AI model ${model}`,
};
const noSuchModel: Meaning = {
  kind: CLOSED,
  say: () => 'The AI model of this deployment does not exist; the log has the cause',
  advice: (model) => `there is no AI model ${model}: set AI_MODEL to one of your account`,
};
const unknown: Meaning = { kind: UNKNOWN, say: () => 'The AI model failed; the log has the cause' };

/** Source: https://developers.cloudflare.com/workers-ai/platform/errors/ */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['3003', badInput],
  ['3006', badInput],
  ['3007', tooSlow],
  ['3008', tooSlow],
  ['3023', notAllowed],
  ['3036', { kind: QUOTA, say: () => 'The daily quota of the AI model is used up' }],
  ['3040', { kind: NO_CAPACITY, say: () => 'The AI model has no capacity left just now' }],
  ['3041', notAllowed],
  ['3042', noSuchModel],
  ['5004', badInput],
  ['5006', badInput],
  ['5007', noSuchModel],
  ['5016', notAllowed],
  ['5018', notAllowed],
  ['5035', notAllowed],
]);

/**
 * What a failed `AI.run` means. The platform's own class does not survive a service binding and its HTTP status is ambiguous, so
 * the four-digit code at the head of the message decides. What has none (a page of HTML, a lost connection, an answer that breaks
 * off) may pass.
 * @param error what was thrown
 * @param model the model that was called
 */
export function toAiFailure(error: unknown, model: string): AiFailure {
  if (error instanceof AiFailure) return error;
  const { code, upstream } = readCode(error);
  const { kind, say, advice } = MEANINGS.get(code) ?? unknown;
  // What only the operator can put right; the caller learns only that it failed.
  if (advice) console.error(`AI.run(${model}): ${advice(model)}:`, error);
  else if (kind === UNKNOWN) console.error(`AI.run(${model}):`, error);
  return new AiFailure(kind, say(onePlainLine(upstream)), { cause: error });
}

/** @param timeoutMs the deadline that has passed */
export function deadlinePassed(timeoutMs: number): AiFailure {
  return new AiFailure(OVER, `The AI model did not answer within ${timeoutMs} ms`);
}

/**
 * What a caller gets while the model is not asked.
 * @param last the failure that it showed lately to this very request, if it did
 */
export function modelShut(retryAfterMs: number, last?: AiFailure): AiFailure {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new AiFailure(
    SHUT,
    `The AI model has failed too often just now and is not asked before ${retryAfterSeconds} s have passed`,
    { cause: last, retryAfterSeconds },
  );
}

/**
 * An answer that came, but does not hold what was asked for.
 * @param advice for the operator, in the log
 */
export function wrongAnswer(message: string, advice?: string): AiFailure {
  if (advice !== undefined) console.error(`${message}: ${advice}`);
  return new AiFailure(WRONG_ANSWER, message);
}

function readCode(error: unknown): { readonly code: string; readonly upstream: string } {
  const text = error instanceof Error ? error.message : String(error);
  const [, code = '', upstream = ''] = /^\s*(?:\w*Error:\s*)?(\d{4}):\s*(.*)/s.exec(text) ?? [];
  return { code, upstream };
}

function onePlainLine(message: string): string {
  return shorten(message.replace(/[\s\p{Cc}]+/gu, ' ').trim(), MAX_MESSAGE_CHARACTERS);
}
