import type { AppError } from '../../errors.ts';
import { EncoderFailure } from './failure.ts';

/** A Worker may have six connections open at once; the rest is left to URL fetches and storage. */
const MAX_CONCURRENT_CALLS = 4;

/**
 * Calls of one request that may fail for unknown reasons before it is the model that is taken to be down: finding one bad picture of
 * sixteen costs five.
 */
const MAX_UNEXPLAINED_FAILURES = 8;

/**
 * One call for these inputs.
 * @returns one slot an input: its unit vector, or the error of that input alone
 * @throws EncoderFailure when the call fails
 */
export type EncodeTogether<Input> = (
  inputs: readonly Input[],
) => Promise<readonly (Float32Array | AppError)[]>;

/**
 * One slot an input, in order: its unit vector, or its own error.
 * @param batches indices of the inputs that go into one call, each index in one batch
 */
export async function encodeInCalls<Input>(
  encode: EncodeTogether<Input>,
  inputs: readonly Input[],
  batches: readonly (readonly number[])[],
): Promise<(Float32Array | AppError)[]> {
  const results = new Array<Float32Array | AppError>(inputs.length);
  const pending = [...batches];
  const unexplained: EncoderFailure[] = [];
  const worker = async (): Promise<void> => {
    for (let indices = pending.shift(); indices !== undefined; indices = pending.shift()) {
      const together = indices.map((i) => inputs[i]);
      const answers = await encodeOrHalve(encode, together, unexplained);
      for (const [i, answer] of answers.entries()) results[indices[i]] = answer;
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENT_CALLS, pending.length) }, worker));
  return results;
}

/**
 * One call; when one of its inputs may be why it failed, the halves on their own, one after the other, so that a bad input fails
 * alone. Other failures (busy, quota, time, no such model) are every input's and are not asked about again.
 * @param unexplained the request's unexplained failures so far
 */
async function encodeOrHalve<Input>(
  encode: EncodeTogether<Input>,
  inputs: readonly Input[],
  unexplained: EncoderFailure[],
): Promise<readonly (Float32Array | AppError)[]> {
  const modelIsDown = unexplained.at(MAX_UNEXPLAINED_FAILURES - 1);
  if (modelIsDown !== undefined) return inputs.map(() => modelIsDown);
  try {
    return await encode(inputs);
  } catch (error) {
    if (!(error instanceof EncoderFailure)) throw error;
    if (!error.isRefusal) unexplained.push(error);
    if (inputs.length === 1 || !error.mayBeOneInput) return inputs.map(() => error);
    const middle = inputs.length >> 1;
    const first = await encodeOrHalve(encode, inputs.slice(0, middle), unexplained);
    return [...first, ...(await encodeOrHalve(encode, inputs.slice(middle), unexplained))];
  }
}
