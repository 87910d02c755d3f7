import { createRandom } from '../../src/core/random.ts';

/** Standard normal numbers, float64. */
export function gaussians(count: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: count }, () => random.nextGaussian());
}

/** Whole numbers below `classes`, each present at least once when count allows. */
export function randomLabels(count: number, classes: number, seed: number): Int32Array {
  const random = createRandom(seed);
  return Int32Array.from({ length: count }, (_, i) => (i < classes ? i : random.nextInt(classes)));
}

/** Zeros and ones, both present. */
export function binaryLabels(count: number, seed: number): Uint8Array {
  return Uint8Array.from(randomLabels(count, 2, seed));
}
