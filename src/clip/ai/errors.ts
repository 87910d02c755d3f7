import { AppError, type ErrorCode, shorten } from '../../errors.ts';

/** Longest part of an upstream message that is passed on, in characters. */
const MAX_MESSAGE_CHARACTERS = 200;

interface Meaning {
  readonly code: ErrorCode;
  readonly say: (model: string, upstream: string) => string;
}

const TOO_SLOW: Meaning = { code: 'ENCODER_TIMEOUT', say: () => 'The AI model took too long' };
const BAD_INPUT: Meaning = {
  code: 'BAD_IMAGE',
  say: (_, upstream) => `The AI model refused the input: ${upstream}`,
};
const PRIVATE: Meaning = {
  code: 'ENCODER_FAILED',
  say: (model) => `This account may not use the private AI model ${model}`,
};
const UNKNOWN: Meaning = { code: 'ENCODER_FAILED', say: () => 'The AI model failed; the log has the cause' };

/** Source: https://developers.cloudflare.com/workers-ai/platform/errors/ */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['3003', BAD_INPUT],
  ['3006', BAD_INPUT],
  ['3007', TOO_SLOW],
  ['3008', TOO_SLOW],
  ['3036', { code: 'ENCODER_QUOTA', say: () => "The account's daily Workers AI quota is used up" }],
  ['3040', { code: 'ENCODER_BUSY', say: () => 'The AI model has no capacity left just now' }],
  ['3041', PRIVATE],
  ['5004', BAD_INPUT],
  ['5006', BAD_INPUT],
  [
    '5007',
    {
      code: 'ENCODER_FAILED',
      say: (model) => `There is no AI model ${model}: set AI_MODEL to one of your account`,
    },
  ],
  ['5018', PRIVATE],
]);

/**
 * What a failed `AI.run` means. The platform's own class does not survive a service binding and its HTTP status is ambiguous, so
 * the four-digit code at the head of the message decides.
 * @param error what was thrown
 * @param model the model that was called
 */
export function toEncoderError(error: unknown, model: string): AppError {
  if (error instanceof AppError) return error;
  const { code, upstream } = readCode(error);
  const meaning = MEANINGS.get(code) ?? UNKNOWN;
  // What only the operator can put right; the caller learns only that it failed.
  if (meaning.code === 'ENCODER_FAILED') console.error(`AI.run(${model}):`, error);
  return new AppError(meaning.code, meaning.say(model, onePlainLine(upstream)), { cause: error });
}

/**
 * Whether a failed call of several inputs may owe its failure to one of them, so that asking for the others can help: a refused
 * input, an answer that does not fit, or a failure nobody knows. A model that is missing, busy or closed fails for all.
 */
export function mayBeOneInput(failure: AppError): boolean {
  if (failure.code === 'BAD_IMAGE') return true;
  return failure.code === 'ENCODER_FAILED' && !MEANINGS.has(readCode(failure.cause).code);
}

function readCode(error: unknown): { readonly code: string; readonly upstream: string } {
  const text = error instanceof Error ? error.message : String(error);
  const [, code = '', upstream = ''] = /^\s*(?:\w*Error:\s*)?(\d{4}):\s*(.*)/s.exec(text) ?? [];
  return { code, upstream };
}

function onePlainLine(message: string): string {
  return shorten(message.replace(/[\s\p{Cc}]+/gu, ' ').trim(), MAX_MESSAGE_CHARACTERS);
}
