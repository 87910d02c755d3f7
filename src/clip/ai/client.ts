import { AppError } from '../../errors.ts';
import { type AiFailure, deadlinePassed, modelShut, toAiFailure } from './ai-failure.ts';
import type { CircuitBreaker, Permit } from './circuit-breaker.ts';
import { readAnswer } from './read-answer.ts';
import type { Timing } from './timing.ts';

/** The part of the `AI` binding that is used; a second Worker's entrypoint bound as `AI` has it too. */
export interface AiBinding {
  run(
    model: string,
    inputs: Readonly<Record<string, unknown>>,
    options: Record<string, unknown>,
  ): Promise<unknown>;
}

/** A model behind the binding, as all requests of an isolate share it. */
export interface AiModel {
  readonly binding: AiBinding;
  readonly model: string;
  readonly breaker: CircuitBreaker;
  readonly timing: Timing;
}

const FIRST_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 3200;

/** A failure that nobody knows is asked about again so often, in one call and in all of a request. */
const MAX_FEW_A_CALL = 2;
const MAX_FEW_A_REQUEST = 3;

/** Calls one model within one deadline. */
export interface AiClient {
  /**
   * @returns the answer's parsed JSON
   * @throws AiFailure: ENCODER_*, or BAD_IMAGE when the model refused the input
   */
  run(inputs: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/**
 * A client for the calls of one request. Asked again, after a random wait of up to 0.2, 0.4, ... 3.2 s: no capacity and a time-out of
 * the platform, while the deadline allows; a failure of unknown kind, two times. Never: a quota, an input that was refused, a model that
 * is not there.
 * @param endsAt the deadline of all calls together, by the model's clock
 * @param timeoutMs what the deadline was set by, for the message
 */
export function createAiClient(model: AiModel, endsAt: number, timeoutMs: number): AiClient {
  const { timing } = model;
  let fewLeft = MAX_FEW_A_REQUEST;

  function maySucceedLater({ again }: AiFailure, tries: number): boolean {
    if (again !== 'few') return again === 'while-time';
    return tries <= MAX_FEW_A_CALL && fewLeft-- > 0;
  }

  return {
    async run(inputs) {
      let last: AiFailure | undefined;
      for (let tries = 1; ; tries++) {
        const leftMs = endsAt - timing.now();
        if (leftMs <= 0) throw last ?? deadlinePassed(timeoutMs);
        const permit = model.breaker.enter(leftMs);
        if ('retryAfterMs' in permit) throw modelShut(permit.retryAfterMs, last);
        try {
          return await callOnce(model, inputs, permit, () => deadlinePassed(timeoutMs), leftMs);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          last = error as AiFailure;
          const waitMs = Math.min(FIRST_BACKOFF_MS * 2 ** (tries - 1), MAX_BACKOFF_MS) * timing.random();
          if (!maySucceedLater(last, tries) || timing.now() + waitMs >= endsAt) throw last;
          await new Promise<void>((resolve) => timing.startTimer(resolve, waitMs));
        }
      }
    },
  };
}

/** @throws AiFailure */
async function callOnce(
  { binding, model, timing }: AiModel,
  inputs: Readonly<Record<string, unknown>>,
  permit: Permit,
  late: () => AiFailure,
  leftMs: number,
): Promise<unknown> {
  const givenUp = new AbortController();
  try {
    // The binding keeps the options it is given: every call gets an object of its own.
    const call = binding.run(model, inputs, {}).then((answer) => readAnswer(answer, givenUp.signal));
    const answer = await within(call, leftMs, late, timing);
    permit.report('answered');
    return answer;
  } catch (error) {
    const failure = toAiFailure(error, model);
    permit.report(failure.isUnavailable ? 'unavailable' : 'answered');
    throw failure;
  } finally {
    givenUp.abort();
  }
}

/** An own race, as an AbortSignal cannot be passed over a service binding. */
function within<Value>(
  work: Promise<Value>,
  leftMs: number,
  late: () => AiFailure,
  timing: Timing,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = timing.startTimer(() => reject(late()), leftMs);
    work.finally(cancel).then(resolve, reject);
  });
}
