import { describe, expect, it } from 'vitest';
import { softmax } from '../../../src/core/scoring/softmax.ts';

describe('softmax', () => {
  it('gives the exponentials over their sum', () => {
    const [a, b] = softmax([Math.log(3), 0]);
    // One rounding each of log, exp and the division.
    expect(a).toBeCloseTo(0.75, 15);
    expect(b).toBeCloseTo(0.25, 15);
  });

  it('divides scores by the temperature first', () => {
    expect(softmax([2, 1, -4], 2)).toEqual(softmax([1, 0.5, -2]));
  });

  it('does not overflow, and is 1 for a single score', () => {
    expect(softmax([1e4, 1e4 - 1000])).toEqual([1, 0]);
    expect(softmax([-1e300])).toEqual([1]);
  });
});
