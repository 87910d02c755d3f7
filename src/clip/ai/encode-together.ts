import type { AppError } from '../../errors.ts';
import type { AiRoute } from '../config.ts';
import { AiFailure } from './ai-failure.ts';
import { readVectors } from './answer.ts';
import type { AiClient } from './client.ts';

/** A Worker may have six connections open at once; the rest is left to URL fetches and storage. */
const MAX_CONCURRENT_CALLS = 4;

/**
 * Calls of one request that may fail for unknown reasons before it is the model that is taken to be down: finding one bad picture of
 * sixteen costs five.
 */
const MAX_UNEXPLAINED_FAILURES = 8;

/** What the calls of one request share. */
export interface EncodingCalls<Input> {
  readonly client: AiClient;
  readonly route: Pick<AiRoute, 'vectorsPath'>;
  readonly dim: number;
  /** The inputs of one call as the model takes them. */
  readonly write: (inputs: readonly Input[]) => Readonly<Record<string, unknown>>;
}

/**
 * One slot an input, in order: its unit vector, or its own error.
 * @param batches indices of the inputs that go into one call, each index in one batch
 */
export async function encodeInCalls<Input>(
  calls: EncodingCalls<Input>,
  inputs: readonly Input[],
  batches: readonly (readonly number[])[],
): Promise<(Float32Array | AppError)[]> {
  const results = new Array<Float32Array | AppError>(inputs.length);
  const pending = [...batches];
  const unexplained: AiFailure[] = [];
  const worker = async (): Promise<void> => {
    for (let indices = pending.shift(); indices !== undefined; indices = pending.shift()) {
      const together = indices.map((i) => inputs[i]);
      const answers = await encodeTogether(calls, together, unexplained);
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
async function encodeTogether<Input>(
  calls: EncodingCalls<Input>,
  inputs: readonly Input[],
  unexplained: AiFailure[],
): Promise<(Float32Array | AppError)[]> {
  const { client, route, dim, write } = calls;
  const modelIsDown = unexplained.at(MAX_UNEXPLAINED_FAILURES - 1);
  if (modelIsDown !== undefined) return inputs.map(() => modelIsDown);
  try {
    return readVectors(await client.run(write(inputs)), route.vectorsPath, inputs.length, dim);
  } catch (error) {
    if (!(error instanceof AiFailure)) throw error;
    if (error.code !== 'BAD_IMAGE') unexplained.push(error);
    if (inputs.length === 1 || !error.mayBeOneInput) return inputs.map(() => error);
    const middle = inputs.length >> 1;
    const first = await encodeTogether(calls, inputs.slice(0, middle), unexplained);
    return [...first, ...(await encodeTogether(calls, inputs.slice(middle), unexplained))];
  }
}
