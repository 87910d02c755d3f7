import { describe, expect, it } from 'vitest';
import { digamma, digammaTable } from '../../../../src/core/selection/information/digamma.ts';
import { readFixture } from '../../read-fixture.ts';

const EULER_GAMMA = 0.5772156649015329;

describe('digamma', () => {
  it('gives the values known in closed form (Abramowitz and Stegun 6.3.2 to 6.3.4)', () => {
    // A few units of the last place: the recurrence adds up to eight terms.
    expect(Math.abs(digamma(1) + EULER_GAMMA)).toBeLessThan(4e-15);
    expect(Math.abs(digamma(0.5) + EULER_GAMMA + 2 * Math.LN2)).toBeLessThan(4e-15);
    expect(Math.abs(digamma(5) - (25 / 12 - EULER_GAMMA))).toBeLessThan(4e-15);
  });

  it('agrees with scipy from 0.5 to a million', () => {
    for (const [x, expected] of readFixture<{ digamma: [number, number][] }>('special').digamma) {
      expect(Math.abs(digamma(x) - expected), `x = ${x}`).toBeLessThan(4e-15);
    }
  });

  it('keeps the recurrence across the switch to the series', () => {
    for (let x = 0.25; x < 20; x += 0.25) {
      // 1/x is up to 4 here; each side rounds a few times.
      expect(Math.abs(digamma(x + 1) - digamma(x) - 1 / x), `x = ${x}`).toBeLessThan(1e-14);
    }
  });

  it('rejects zero, negative numbers and NaN', () => {
    for (const x of [0, -1, NaN]) expect(() => digamma(x)).toThrow(RangeError);
  });

  it('fills a table with the same numbers, and NaN at 0', () => {
    expect([...digammaTable(3)]).toEqual([NaN, digamma(1), digamma(2), digamma(3)]);
  });
});
