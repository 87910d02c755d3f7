import { AppError } from '../../errors.ts';
import { toEncoderError } from './errors.ts';

/** The part of the `AI` binding that is used; a second Worker's entrypoint bound as `AI` has it too. */
export interface AiBinding {
  run(
    model: string,
    inputs: Readonly<Record<string, unknown>>,
    options: Record<string, unknown>,
  ): Promise<unknown>;
}

/** Clock, timers and chance, given so that tests need not wait. Milliseconds. */
export interface Timing {
  now(): number;
  /** @returns what cancels it */
  startTimer(callback: () => void, ms: number): () => void;
  /** In [0, 1). */
  random(): number;
}

export const realTiming: Timing = {
  now: () => Date.now(),
  startTimer(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

const FIRST_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 3200;

/** Calls one model within one deadline. */
export interface AiClient {
  /**
   * @returns the answer's parsed JSON
   * @throws AppError ENCODER_*, or BAD_IMAGE when the model refused the input
   */
  run(inputs: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/**
 * A client for the calls of one request. Capacity errors are retried after a random wait of up to 0.2, 0.4, ... 3.2 s while the
 * deadline allows; no other error gets better by asking again.
 * @param timeoutMs from now, for all calls together
 */
export function createAiClient(
  binding: AiBinding,
  model: string,
  timeoutMs: number,
  timing: Timing,
): AiClient {
  const deadline = timing.now() + timeoutMs;
  return {
    async run(inputs) {
      for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
        try {
          // The binding keeps the options it is given: every call gets an object of its own.
          const answer = binding.run(model, inputs, {}).then(readAnswer);
          return await within(answer, deadline - timing.now(), timeoutMs, timing);
        } catch (error) {
          const failure = toEncoderError(error, model);
          const waitMs = backoffMs * timing.random();
          if (failure.code !== 'ENCODER_BUSY' || timing.now() + waitMs >= deadline) throw failure;
          await new Promise<void>((resolve) => timing.startTimer(resolve, waitMs));
        }
      }
    },
  };
}

/** The binding gives parsed JSON only for exactly `application/json`, otherwise the body as a stream. */
async function readAnswer(answer: unknown): Promise<unknown> {
  if (answer instanceof ReadableStream) return JSON.parse(await new Response(answer).text());
  if (answer instanceof Response) return JSON.parse(await answer.text());
  return answer;
}

/** An own race, as an AbortSignal cannot be passed over a service binding. */
function within<Value>(
  work: Promise<Value>,
  leftMs: number,
  timeoutMs: number,
  timing: Timing,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const late = (): void =>
      reject(new AppError('ENCODER_TIMEOUT', `The AI model did not answer within ${timeoutMs} ms`));
    const cancel = timing.startTimer(late, Math.max(0, leftMs));
    work.finally(cancel).then(resolve, reject);
  });
}
