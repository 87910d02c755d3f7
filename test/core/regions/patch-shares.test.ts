import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.ts';
import { patchShares } from '../../../src/core/regions/patch-shares.ts';
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
