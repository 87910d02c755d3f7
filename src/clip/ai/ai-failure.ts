import { EncoderFailure, FAILURES, type FailureKind, onePlainLine } from '../remote/failure.ts';

interface Meaning {
  readonly kind: FailureKind;
  readonly say: (upstream: string) => string;
  /** What the operator can do about it, for the log. */
  readonly advice?: (model: string) => string;
}

const tooSlow: Meaning = { kind: FAILURES.slow, say: () => 'The AI model took too long' };
const badInput: Meaning = {
  kind: FAILURES.badInput,
  say: (upstream) => `The AI model refused the input: ${upstream}`,
};
const notAllowed: Meaning = {
  kind: FAILURES.closed,
  say: () => 'This deployment may not use its AI model; the log has the cause',
  advice: (model) => `this account may not use the AI model ${model}`,
};
const noSuchModel: Meaning = {
  kind: FAILURES.closed,
  say: () => 'The AI model of this deployment does not exist; the log has the cause',
  advice: (model) => `there is no AI model ${model}: set AI_MODEL to one of your account`,
};
const unknown: Meaning = {
  kind: FAILURES.unknown,
  say: () => 'The AI model failed; the log has the cause',
};

/** Source: https://developers.cloudflare.com/workers-ai/platform/errors/ */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['3003', badInput],
  ['3006', badInput],
  ['3007', tooSlow],
  ['3008', tooSlow],
  ['3023', notAllowed],
  ['3036', { kind: FAILURES.quota, say: () => 'The daily quota of the AI model is used up' }],
  ['3040', { kind: FAILURES.busy, say: () => 'The AI model has no capacity left just now' }],
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
export function toAiFailure(error: unknown, model: string): EncoderFailure {
  if (error instanceof EncoderFailure) return error;
  const { code, upstream } = readCode(error);
  const { kind, say, advice } = MEANINGS.get(code) ?? unknown;
  // What only the operator can put right; the caller learns only that it failed.
  if (advice) console.error(`AI.run(${model}): ${advice(model)}:`, error);
  else if (kind === FAILURES.unknown) console.error(`AI.run(${model}):`, error);
  return new EncoderFailure(kind, say(onePlainLine(upstream)), { cause: error });
}

function readCode(error: unknown): { readonly code: string; readonly upstream: string } {
  const text = error instanceof Error ? error.message : String(error);
  const [, code = '', upstream = ''] = /^\s*(?:\w*Error:\s*)?(\d{4}):\s*(.*)/s.exec(text) ?? [];
  return { code, upstream };
}
