import { createRandom } from '../src/core/random.ts';

/** Normal features of which every other one is shifted by 0.3 between two classes; the same for the same shape. */
export function madeMatrix(count: number, dim: number): { features: Float64Array; labels: Int32Array } {
  const random = createRandom(count);
  const labels = Int32Array.from({ length: count }, () => random.nextInt(2));
  const features = Float64Array.from({ length: count * dim }, (_, i) => {
    const shift = i % 2 === 0 ? 0.3 * labels[Math.floor(i / dim)] : 0;
    return random.nextGaussian() + shift;
  });
  return { features, labels };
}
