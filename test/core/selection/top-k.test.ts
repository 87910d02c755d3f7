import { describe, expect, it } from 'vitest';
import { rankFeatures, topK } from '../../../src/core/selection/top-k.ts';
import { gaussians } from '../random-data.ts';

describe('topK', () => {
  it('gives the best k, ascending by index', () => {
    expect([...topK(Float64Array.of(0.1, 5, 3, 4), 2)]).toEqual([1, 3]);
  });

  it('prefers the higher index among equal scores', () => {
    expect([...topK(Float64Array.of(1, 1, 1, 0), 2)]).toEqual([1, 2]);
  });

  it('ranks undefined scores last, after minus infinity, the higher index first', () => {
    const scores = Float64Array.of(NaN, -Infinity, 2, NaN, Infinity);
    expect([...rankFeatures(scores)]).toEqual([4, 2, 1, 3, 0]);
    expect([...topK(scores, 4)]).toEqual([1, 2, 3, 4]);
  });

  it('treats 0 and -0 as equal', () => {
    expect([...topK(Float64Array.of(0, -0), 1)]).toEqual([1]);
  });

  it('nests: the mask of k lies in the mask of k + 1', () => {
    const scores = gaussians(50, 1).map((x) => Math.round(x * 2));
    for (let k = 0; k < 50; k++) {
      const larger = new Set(topK(scores, k + 1));
      expect(
        topK(scores, k).every((index) => larger.has(index)),
        `k = ${k}`,
      ).toBe(true);
    }
  });

  it('gives nothing for k = 0 and everything for k = dim', () => {
    expect(topK(gaussians(3, 1), 0)).toHaveLength(0);
    expect([...topK(gaussians(3, 1), 3)]).toEqual([0, 1, 2]);
    expect(topK(new Float64Array(0), 0)).toHaveLength(0);
  });

  it('rejects k beyond the features, below 0 or not whole', () => {
    for (const k of [4, -1, 1.5]) expect(() => topK(new Float64Array(3), k)).toThrow(/k from 0 to 3/);
  });
});
