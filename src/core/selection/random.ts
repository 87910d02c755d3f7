import { createRandom } from '../random.ts';

/** A uniform score in [0, 1) for every feature: its best k are a random k, and the mask of a smaller k is nested in it. */
export function randomScores(dim: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: dim }, () => random.next());
}
