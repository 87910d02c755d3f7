import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.ts';
import { patchGradCam, patchShares } from '../../../src/core/regions/patch-shares.ts';
import { columnMeans, dot, normalizeRows } from '../../../src/core/vector.ts';

describe('patchShares', () => {
  it('sums to the score', () => {
    const random = createRandom(7);
    const dim = 16;
    const patches = Float32Array.from({ length: 49 * dim }, () => random.nextGaussian());
    const direction = Float32Array.from({ length: dim }, () => random.nextGaussian());
    const shares = patchShares(patches, direction);
    const embedding = columnMeans(patches, dim);
    normalizeRows(embedding, dim);
    const total = shares.reduce((sum, share) => sum + share, 0);
    // Each share and each coordinate is rounded to float32.
    expect(Math.abs(total - dot(embedding, 0, direction, 0, dim))).toBeLessThan(1e-5);
  });

  it('gives a patch across the direction nothing', () => {
    expect([...patchShares(Float32Array.of(3, 0, 0, 4), Float32Array.of(1, 0))]).toEqual([
      Math.fround(3 / 5),
      0,
    ]);
  });

  it('refuses patches that cancel out', () => {
    expect(() => patchShares(Float32Array.of(1, 0, -1, 0), Float32Array.of(1, 0))).toThrow('got 0');
  });
});

describe('patchGradCam', () => {
  it('is what more of a patch adds to the score, by difference quotients', () => {
    const random = createRandom(8);
    const [count, dim, step] = [6, 4, 1e-3];
    const patches = Float32Array.from({ length: count * dim }, () => random.nextGaussian());
    const direction = Float32Array.from({ length: dim }, () => random.nextGaussian());
    const score = (rows: Float32Array): number => {
      const mean = Float64Array.from({ length: dim }, (_, i) => {
        let sum = 0;
        for (let row = 0; row < count; row++) sum += rows[row * dim + i] / count;
        return sum;
      });
      return dot(mean, 0, direction, 0, dim) / Math.hypot(...mean);
    };
    const slopes = Array.from({ length: count }, (_, patch) => {
      const more = (by: number): Float32Array =>
        patches.map((x, at) => (Math.floor(at / dim) === patch ? x * (1 + by) : x));
      return Math.max(0, (score(more(step)) - score(more(-step))) / (2 * step));
    });
    expect(slopes.filter((slope) => slope > 0).length).toBeGreaterThan(1);
    // float32 numbers, over twice the step.
    patchGradCam(patches, direction).forEach((heat, i) => expect(heat).toBeCloseTo(slopes[i], 4));
  });
});
