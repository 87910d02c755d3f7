import { describe, expect, it } from 'vitest';
import { chiSquareTail, fTail } from '../../../../src/core/selection/univariate/tail-probability.ts';
import { readFixture } from '../../read-fixture.ts';

interface Fixture {
  /** f, both degrees of freedom, P. */
  readonly f: [number, number, number, number][];
  /** x, degrees of freedom, P. */
  readonly chiSquare: [number, number, number][];
}

const FIXTURE = readFixture<Fixture>('tail-probability');
/** Of the two scipy is the less exact: its own logarithms of gamma functions near 1e5 cancel. */
const TOLERANCE = 1e-10;

describe('fTail', () => {
  it('agrees with scipy from 1 down to 1e-300', () => {
    for (const [f, numerator, denominator, p] of FIXTURE.f) {
      const relative = Math.abs(fTail(f, numerator, denominator) / p - 1);
      expect(relative, `F(${numerator}, ${denominator}) > ${f}`).toBeLessThan(TOLERANCE);
    }
    expect(Math.min(...FIXTURE.f.map(([, , , p]) => p))).toBeLessThan(1e-190);
  });

  it('keeps its digits at a million degrees of freedom, where scipy loses some', () => {
    // mpmath 1.2.1 with 40 digits: betainc(d2/2, d1/2, 0, d2/(d2 + d1·f), regularized=True).
    for (const [f, numerator, denominator, p] of [
      [200, 1, 1e4, 5.658625138526934e-45],
      [1, 1, 1e6, 0.3173107498335781],
      [1000, 1, 1e6, 2.3066628393030975e-219],
      [30, 5, 1e6, 1.342371381145196e-30],
      [1.01, 99, 999_900, 0.4532422179139402],
    ]) {
      const relative = Math.abs(fTail(f, numerator, denominator) / p - 1);
      expect(relative, `F(${numerator}, ${denominator}) > ${f}`).toBeLessThan(1e-11);
    }
  });

  it('gives the values known in closed form', () => {
    // With two degrees above, P = (1 + 2f/d)^(−d/2); with one and one, the arctangent of a Cauchy variable.
    for (const f of [0.01, 1, 30, 1e4]) {
      expect(Math.abs(fTail(f, 2, 10) / (1 + f / 5) ** -5 - 1)).toBeLessThan(1e-13);
      expect(Math.abs(fTail(f, 1, 1) / ((2 / Math.PI) * Math.atan(1 / Math.sqrt(f))) - 1)).toBeLessThan(
        1e-13,
      );
    }
  });

  it('is 1 at 0, 0 at Infinity, NaN for NaN, and falls in between', () => {
    expect([fTail(0, 3, 4), fTail(Infinity, 3, 4), fTail(NaN, 3, 4)]).toEqual([1, 0, NaN]);
    let last = 1;
    for (let f = 0.01; f < 1e6; f *= 1.3) {
      const p = fTail(f, 5, 40);
      expect(p, `f = ${f}`).toBeLessThan(last);
      last = p;
    }
  });

  it('rejects degrees of freedom that are not above 0', () => {
    expect(() => fTail(1, 0, 3)).toThrow(/degrees of freedom/);
    expect(() => fTail(1, 3, NaN)).toThrow(/degrees of freedom/);
  });
});

describe('chiSquareTail', () => {
  it('agrees with scipy from 1 down to 1e-300', () => {
    for (const [x, degrees, p] of FIXTURE.chiSquare) {
      const relative = Math.abs(chiSquareTail(x, degrees) / p - 1);
      expect(relative, `chi-square(${degrees}) > ${x}`).toBeLessThan(TOLERANCE);
    }
    expect(Math.min(...FIXTURE.chiSquare.map(([, , p]) => p))).toBeLessThan(1e-290);
  });

  it('gives the exponential for two degrees of freedom', () => {
    for (const x of [1e-9, 1, 2.5, 40, 1380]) {
      // The exponent is rounded at 700.
      expect(Math.abs(chiSquareTail(x, 2) / Math.exp(-x / 2) - 1)).toBeLessThan(1e-12);
    }
  });

  it('is 1 at 0, 0 at Infinity and NaN for NaN', () => {
    expect([chiSquareTail(0, 3), chiSquareTail(Infinity, 3), chiSquareTail(NaN, 3)]).toEqual([1, 0, NaN]);
    expect(() => chiSquareTail(1, 0)).toThrow(/degrees of freedom/);
  });
});
