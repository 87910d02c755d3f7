import { describe, expect, it } from 'vitest';
import { pairedDifference, summarize } from '../../../src/core/evaluation/paired-difference.ts';

describe('pairedDifference', () => {
  it('is better only by more than one standard error', () => {
    // Differences 1, 2, 3: mean 2, sd 1, standard error 1/sqrt(3).
    const clear = pairedDifference([2, 3, 4], [1, 1, 1]);
    expect(clear.mean).toBe(2);
    expect(clear.standardError).toBeCloseTo(1 / Math.sqrt(3), 14);
    expect(clear.better).toBe(true);
    // Differences 3, -2, 0: mean 1/3, standard error 1.45.
    expect(pairedDifference([4, -1, 1], [1, 1, 1]).better).toBe(false);
  });

  it('is not better when equal, nor when worse by much', () => {
    expect(pairedDifference([1, 1], [1, 1])).toEqual({ mean: 0, standardError: 0, better: false });
    expect(pairedDifference([0, 0], [1, 1]).better).toBe(false);
  });

  it('rejects lists of different length and a single fold', () => {
    expect(() => pairedDifference([1, 2], [1])).toThrow(/2 and 1/);
    expect(() => pairedDifference([1], [1])).toThrow(RangeError);
  });
});

describe('summarize', () => {
  it('gives the sample standard deviation, 0 for one value', () => {
    expect(summarize([1, 2, 3, 4])).toEqual({ mean: 2.5, sd: Math.sqrt(5 / 3) });
    expect(summarize([7])).toEqual({ mean: 7, sd: 0 });
    expect(() => summarize([])).toThrow(RangeError);
  });
});
