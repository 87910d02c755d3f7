import { EncoderFailure, FAILURES, type FailureKind, onePlainLine } from '../remote/failure.ts';
import { readErrorBody } from './error-body.ts';
import { WHO } from './rows.ts';

/** What the operator is told, and of what. */
export interface CallLog {
  /** Where the call went. */
  readonly where: string;
  /** Never to be written, whatever the peer repeats. */
  readonly secrets: readonly string[];
  readonly report: (line: string) => void;
}

/** An answer that is no success. */
export interface RefusedCall {
  readonly status: number;
  /** As much of the body as was read. */
  readonly body: string;
  readonly retryAfterSeconds: number | undefined;
}

interface Meaning {
  readonly kind: FailureKind;
  /** What the caller is told: nothing of the operator's. */
  readonly say: (upstream: string) => string;
  /** What the operator can do about it, for the log. */
  readonly advice?: string;
}

const LOG = 'the log has the cause';
const unknown: Meaning = { kind: FAILURES.unknown, say: () => `${WHO} failed; ${LOG}` };
const badInput: Meaning = {
  kind: FAILURES.badInput,
  say: (upstream) => `${WHO} refused the input${upstream === '' ? '' : `: ${upstream}`}`,
};
const tooLarge: Meaning = { kind: FAILURES.tooLarge, say: () => `${WHO} refused the input as too large` };
const busy: Meaning = { kind: FAILURES.busy, say: () => `${WHO} has no capacity left just now` };
const tooSlow: Meaning = { kind: FAILURES.slow, say: () => `${WHO} took too long` };
const quota: Meaning = { kind: FAILURES.quota, say: () => `The quota of the encoder is used up` };
const notAllowed: Meaning = {
  kind: FAILURES.closed,
  say: () => `This deployment may not use its encoder; ${LOG}`,
  advice: 'check the secret ENCODER_KEY',
};
const notThere: Meaning = {
  kind: FAILURES.closed,
  say: () => `The encoder of this deployment is not there; ${LOG}`,
  advice: 'check ENCODER_URL, ENCODER_PRESET and ENCODER_PATH',
};
const noSuchModel: Meaning = {
  kind: FAILURES.closed,
  say: () => `The encoder does not have the model of this deployment; ${LOG}`,
  advice: 'check ENCODER_MODEL',
};

const BY_STATUS: ReadonlyMap<number, Meaning> = new Map([
  [400, badInput],
  [401, notAllowed],
  [402, quota],
  [403, notAllowed],
  [404, notThere],
  [405, notThere],
  [408, tooSlow],
  [410, notThere],
  [413, tooLarge],
  [415, badInput],
  [422, badInput],
  [429, busy],
  [503, busy],
  [504, tooSlow],
  [524, tooSlow],
  [529, busy],
]);

/** A refusal that no half of the inputs would escape, by what peers call it. */
const QUOTA = /insufficient_(quota|balance)|quota exceeded|billing/i;
const NO_MODEL =
  /(invalid|unknown|no such) model|model_?not_?(found|deployed)|model\b.{0,80}(not found|does not exist|is not supported|not deployed)/i;

/**
 * What an answer that is no success means: by its status, and by what the body says where one status stands for two things. What only
 * the operator can put right is reported; the error's cause has it in any case.
 */
export function toHttpFailure(
  { status, body, retryAfterSeconds }: RefusedCall,
  { where, secrets, report }: CallLog,
): EncoderFailure {
  const { message, kind: name } = readErrorBody(body);
  const said = onePlainLine(hide(message, secrets));
  const { kind, say, advice } = meaningOf(status, `${name} ${message}`);
  const cause = new Error([`status ${status}`, said, advice].filter(Boolean).join(': '));
  if (advice !== undefined || kind === FAILURES.unknown) report(`${where}: ${cause.message}`);
  const wait = kind === FAILURES.busy && retryAfterSeconds !== undefined ? { retryAfterSeconds } : {};
  return new EncoderFailure(kind, say(said), { cause, ...wait });
}

function meaningOf(status: number, said: string): Meaning {
  if (status >= 400 && status < 500) {
    if (QUOTA.test(said)) return quota;
    if (status !== 429 && NO_MODEL.test(said)) return noSuchModel;
  }
  // It is never followed: the key would go elsewhere.
  if (status >= 300 && status < 400) return notThere;
  return BY_STATUS.get(status) ?? unknown;
}

/**
 * What a call means that gave no whole answer: no connection, a body that broke off, is no JSON or too long.
 * @param isConnected whether an answer had begun
 */
export function toBrokenFailure(
  error: unknown,
  isConnected: boolean,
  { where, secrets, report }: CallLog,
): EncoderFailure {
  if (error instanceof EncoderFailure) return error;
  // Without the error itself, whose message may repeat a header.
  const cause = new Error(hide(reasonsOf(error), secrets));
  report(`${where}: ${cause.message}`);
  return isConnected
    ? new EncoderFailure(FAILURES.unknown, unknown.say(''), { cause })
    : new EncoderFailure(FAILURES.unreachable, `The encoder of this deployment does not answer; ${LOG}`, {
        cause,
      });
}

/** An answer that says that the model broke on its input. @param said by the model's own program: for the log alone */
export function toInputFailure(said: string, { where, secrets, report }: CallLog): EncoderFailure {
  const cause = new Error(onePlainLine(hide(said, secrets)));
  report(`${where}: failed: ${cause.message}`);
  return new EncoderFailure(FAILURES.badInput, `${WHO} failed on this input; ${LOG}`, { cause });
}

/** Node says only "fetch failed", and why in the cause. */
function reasonsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function hide(message: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), message);
}
