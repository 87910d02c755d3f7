import type { CircuitBreaker } from '../remote/circuit-breaker.ts';
import { createRemoteClient } from '../remote/client.ts';
import type { Timing } from '../remote/timing.ts';
import { toAiFailure } from './ai-failure.ts';
import { readAnswer } from './read-answer.ts';

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

/** Calls one model within one deadline. */
export interface AiClient {
  /**
   * @returns the answer's parsed JSON
   * @throws EncoderFailure: ENCODER_*, or BAD_IMAGE when the model refused the input
   */
  run(inputs: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/**
 * A client for the calls of one request, see `createRemoteClient`.
 * @param endsAt the deadline of all calls together, by the model's clock
 * @param timeoutMs what the deadline was set by, for the message
 */
export function createAiClient(
  { binding, model, breaker, timing }: AiModel,
  endsAt: number,
  timeoutMs: number,
): AiClient {
  const toFailure = (error: unknown) => toAiFailure(error, model);
  const client = createRemoteClient({ who: 'The AI model', breaker, timing, toFailure }, endsAt, timeoutMs);
  return {
    run: (inputs) =>
      client.run(async (givenUp) =>
        // The binding keeps the options it is given: every call gets an object of its own.
        readAnswer(await binding.run(model, inputs, {}), givenUp),
      ),
  };
}
