import type { CircuitBreaker } from '../../../src/clip/remote/circuit-breaker.ts';
import type { AiBinding, AiModel } from '../../../src/clip/ai/client.ts';
import { type Timing, realTiming } from '../../../src/clip/remote/timing.ts';
import type { AiRoute } from '../../../src/clip/config.ts';

export const DIM = 3;

export const ROUTE: AiRoute = {
  model: '@acme/clip',
  imageInput: 'base64',
  imageField: 'image',
  textField: 'text',
  vectorsPath: ['data'],
  maxImages: 4,
  maxTexts: 2,
  hasPatches: false,
  timeoutMs: 1000,
};

/** No chance in tests: a retry waits half its backoff. */
export const TIMING: Timing = { ...realTiming, random: () => 0.5 };

/** Lets every call out: what is under test is something else. */
export const NO_BREAKER: CircuitBreaker = { enter: () => ({ report: () => undefined }) };

/** A model behind a double of the binding. */
export function modelBehind(binding: AiBinding, breaker = NO_BREAKER, timing = TIMING): AiModel {
  return { binding, model: ROUTE.model, breaker, timing };
}

export interface Call {
  readonly model: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: Record<string, unknown>;
}

/**
 * A double of the `AI` binding at its contract, for its faults only. It answers by `answer`, records the calls and, as the platform's
 * binding does, keeps the options object and writes into it.
 */
export function fakeAi(
  answer: (call: Call, index: number) => unknown,
): AiBinding & { readonly calls: Call[] } {
  const calls: Call[] = [];
  return {
    calls,
    async run(model, inputs, options) {
      const call = { model, inputs, options };
      const index = calls.push(call) - 1;
      options.seen = index;
      await Promise.resolve();
      return answer(call, index);
    },
  };
}

/** The vector of one picture: [first byte, 1, 0], so that order shows. */
export function vectorOf(base64: string): number[] {
  return [Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))[0], 1, 0];
}

/** The answer of a model that works: `{data, shape}`, a vector a picture or text. */
export function goodAnswer({ inputs }: Call): unknown {
  const list = [inputs.image ?? inputs.text].flat() as string[];
  const data = list.map((item) => (inputs.image === undefined ? [item.length, 1, 0] : vectorOf(item)));
  return { data, shape: [data.length, DIM] };
}

/** Pictures of one byte each; what is in them is the model's business. */
export function pictures(...firstBytes: readonly number[]): Uint8Array[] {
  return firstBytes.map((value) => Uint8Array.of(value));
}

export function unit(vector: readonly number[]): Float32Array {
  const norm = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => value / norm);
}
