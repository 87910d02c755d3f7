import { AppError } from '../../errors.ts';
import type { CallOutcome, CircuitBreaker } from './circuit-breaker.ts';
import { type EncoderFailure, deadlinePassed, modelShut } from './failure.ts';
import { type Timing, pause } from './timing.ts';

/** A model elsewhere, as all requests of an isolate share it. */
export interface RemoteModel {
  /** As a message begins: "The AI model", "The encoder". */
  readonly who: string;
  readonly breaker: CircuitBreaker;
  readonly timing: Timing;
  /** What a failed call means. */
  readonly toFailure: (error: unknown) => EncoderFailure;
}

const FIRST_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 3200;

/** A failure that nobody knows is asked about again so often, in one call and in all of a request. */
const MAX_FEW_A_CALL = 2;
const MAX_FEW_A_REQUEST = 3;
/**
 * Failures that one input may be the cause of count against the model so often in one request, which are the tries of one call: the
 * halving of a batch makes many more.
 */
const MAX_COUNTED_A_REQUEST = 1 + MAX_FEW_A_CALL;

/** Calls one model within one deadline. */
export interface RemoteClient {
  /**
   * @param call one try; its signal is aborted when nobody waits for it any more
   * @throws EncoderFailure
   */
  run<Answer>(call: (givenUp: AbortSignal) => Promise<Answer>): Promise<Answer>;
}

/**
 * A client for the calls of one request. Asked again, after a random wait of up to 0.2, 0.4, ... 3.2 s and not before the model allows
 * it: no capacity and a time-out, while the deadline allows; a failure of unknown kind, two times. Never: a quota, an input that was
 * refused, a model that is not there.
 * @param endsAt the deadline of all calls together, by the model's clock
 * @param timeoutMs what the deadline was set by, for the message
 */
export function createRemoteClient(model: RemoteModel, endsAt: number, timeoutMs: number): RemoteClient {
  const { timing, who } = model;
  let fewLeft = MAX_FEW_A_REQUEST;
  let countedLeft = MAX_COUNTED_A_REQUEST;

  function outcomeOf({ isUnavailable, mayBeOneInput }: EncoderFailure): CallOutcome | null {
    if (!isUnavailable) return 'answered';
    return mayBeOneInput && countedLeft-- <= 0 ? null : 'unavailable';
  }

  function maySucceedLater({ again }: EncoderFailure, tries: number): boolean {
    if (again !== 'few') return again === 'while-time';
    return tries <= MAX_FEW_A_CALL && fewLeft-- > 0;
  }

  return {
    async run(call) {
      let last: EncoderFailure | undefined;
      for (let tries = 1; ; tries++) {
        const leftMs = endsAt - timing.now();
        if (leftMs <= 0) throw last ?? deadlinePassed(who, timeoutMs);
        const permit = model.breaker.enter(leftMs);
        if ('retryAfterMs' in permit) throw modelShut(who, permit.retryAfterMs, last);
        try {
          const report = (failure: EncoderFailure | null): void =>
            permit.report(failure === null ? 'answered' : outcomeOf(failure));
          return await callOnce(model, call, report, () => deadlinePassed(who, timeoutMs), leftMs);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          last = error as EncoderFailure;
          const waitMs = waitBefore(tries, last, timing);
          if (!maySucceedLater(last, tries) || timing.now() + waitMs >= endsAt) throw last;
          await pause(timing, waitMs);
        }
      }
    },
  };
}

/** The backoff is added to what the model asks for: all who were told the same moment must not come at it. */
function waitBefore(tries: number, { retryAfterMs }: EncoderFailure, timing: Timing): number {
  const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (tries - 1), MAX_BACKOFF_MS);
  return retryAfterMs + backoffMs * timing.random();
}

/** @throws EncoderFailure */
async function callOnce<Answer>(
  { timing, toFailure }: RemoteModel,
  call: (givenUp: AbortSignal) => Promise<Answer>,
  report: (failure: EncoderFailure | null) => void,
  late: () => EncoderFailure,
  leftMs: number,
): Promise<Answer> {
  const givenUp = new AbortController();
  try {
    const answer = await within(call(givenUp.signal), leftMs, late, timing);
    report(null);
    return answer;
  } catch (error) {
    const failure = toFailure(error);
    report(failure);
    throw failure;
  } finally {
    givenUp.abort();
  }
}

/** An own race: the signal of a call cannot be passed over a service binding. */
function within<Value>(
  work: Promise<Value>,
  leftMs: number,
  late: () => EncoderFailure,
  timing: Timing,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = timing.startTimer(() => reject(late()), leftMs);
    work.finally(cancel).then(resolve, reject);
  });
}
