import { describe, expect, it } from 'vitest';
import { probabilityInterval } from '../../../src/core/calibration/calibration.ts';
import { interpolate } from '../../../src/core/calibration/isotonic-regression.ts';
import {
  highestRate,
  lowestRate,
  squaredStudentQuantile,
} from '../../../src/core/fitting/binomial-bounds.ts';
import { designEffect } from '../../../src/core/fitting/cluster-effect.ts';
import { sigmoid } from '../../../src/core/calibration/log-odds.ts';
import { fitIsotonic } from '../../../src/core/fitting/isotonic-calibration.ts';
import { fitPlattWithInterval } from '../../../src/core/fitting/platt-calibration.ts';
import { createRandom } from '../../../src/core/random.ts';
import { profileInterval } from '../../../src/core/fitting/profile-interval.ts';
import { readFixture } from '../read-fixture.ts';

interface Fixture {
  readonly binomial: {
    readonly successes: number;
    readonly trials: number;
    readonly tail: number;
    readonly low: number;
    readonly high: number;
  }[];
  readonly logistic: {
    readonly name: string;
    readonly scores: number[];
    readonly labels: number[];
    readonly at: number[];
    readonly intervals: [number, number][];
    readonly slopes: [number, number];
  }[];
  readonly squaredStudent: { readonly degrees: number; readonly tail: number; readonly value: number }[];
}

const FIXTURE = readFixture<Fixture>('intervals');

describe('highestRate and lowestRate', () => {
  it.each(FIXTURE.binomial)(
    'agree with statsmodels and scipy: $successes of $trials at $tail',
    ({ successes, trials, tail, low, high }) => {
      // Bisection to 80·2^-60 of the log-odds; the tail of F to 1e-11; one minus a rate to 1e-16.
      expect(Math.abs(highestRate(successes, trials, tail) / high - 1)).toBeLessThan(1e-9);
      expect(Math.abs(lowestRate(successes, trials, tail) - low)).toBeLessThan(1e-9 * low + 1e-15);
    },
  );

  it('reject what is no count', () => {
    for (const [successes, trials, tail] of [
      [-1, 5, 0.1],
      [6, 5, 0.1],
      [0, 0, 0.1],
      [1, 5, 0],
      [NaN, 5, 0.1],
    ]) {
      expect(() => highestRate(successes, trials, tail)).toThrow(RangeError);
    }
  });
});

describe('squaredStudentQuantile', () => {
  it.each(FIXTURE.squaredStudent)('is scipy’s: $degrees degrees, $tail', ({ degrees, tail, value }) => {
    expect(Math.abs(squaredStudentQuantile(tail, degrees) / value - 1)).toBeLessThan(1e-9);
  });
});

describe('profileInterval', () => {
  it.each(FIXTURE.logistic)('agrees with statsmodels: $name', ({ scores, labels, at, intervals, slopes }) => {
    const interval = profileInterval(
      Float64Array.from(scores),
      Uint8Array.from(labels),
      { clusters: scores.length, tail: 0.05 },
      () => 1,
    );
    at.forEach((score, i) => {
      const [low, high] = [interval.low, interval.high].map((ends) =>
        interpolate(interval.scores, ends, score),
      );
      // At knots the root search ends within 1e-6 of a root of likelihood; between them straight lines only widen.
      const slack = interval.scores.includes(score) ? 1e-4 : 0.02;
      expect(intervals[i][0] - low).toBeLessThan(slack);
      expect(intervals[i][0] - low).toBeGreaterThan(-1e-4);
      expect(high - intervals[i][1]).toBeLessThan(slack);
      expect(high - intervals[i][1]).toBeGreaterThan(-1e-4);
    });
    interval.slopes.forEach((slope, i) => expect(Math.abs(slope - slopes[i])).toBeLessThan(1e-4));
  });

  it('leaves the far end open where scores separate the classes', () => {
    const scores = Float64Array.from({ length: 20 }, (_, i) => i);
    const labels = Uint8Array.from(scores, (score) => Number(score >= 10));
    const { low, high, slopes } = profileInterval(scores, labels, { clusters: 20, tail: 0.05 }, () => 1);
    expect(high.at(-1)).toBe(50);
    expect(low[0]).toBe(-50);
    // Ten of ten: one in three may still be a mismatch, as far as the ends tell.
    expect(low.at(-1)).toBeGreaterThan(0);
    expect(high[0]).toBeLessThan(0);
    expect(slopes[0]).toBeGreaterThan(0);
  });

  it('has a convex upper end and a concave lower one, so that lines between knots only widen it', () => {
    const { scores, labels } = FIXTURE.logistic[1];
    const {
      scores: knots,
      low,
      high,
    } = profileInterval(
      Float64Array.from(scores),
      Uint8Array.from(labels),
      { clusters: 300, tail: 0.05 },
      () => 1,
    );
    for (let i = 1; i + 1 < knots.length; i++) {
      const chord = (ends: Float64Array): number =>
        ends[i - 1] +
        ((knots[i] - knots[i - 1]) / (knots[i + 1] - knots[i - 1])) * (ends[i + 1] - ends[i - 1]);
      expect(high[i] - chord(high)).toBeLessThan(1e-4);
      expect(low[i] - chord(low)).toBeGreaterThan(-1e-4);
    }
  });
});

describe('designEffect', () => {
  it('is the number of copies for copies, and 1 for pairs of a match and a mismatch', () => {
    const residuals = Float64Array.from({ length: 60 }, (_, i) => Math.sin(Math.floor(i / 3)));
    const labels = new Uint8Array(60).fill(1);
    const threes = Array.from({ length: 60 }, (_, i) => Math.floor(i / 3));
    expect(designEffect(residuals, labels, threes)).toBeCloseTo(3, 12);
    const alternating = labels.map((_, i) => i % 2);
    const pairs = Array.from({ length: 60 }, (_, i) => i >> 1);
    expect(designEffect(residuals, alternating, pairs)).toBe(1);
  });
});

/** Seeded; `npm run bench -- calibration-coverage` has the whole table. */
describe('"95%" intervals', () => {
  const REPETITIONS = 120;
  /** Quantiles of the scores, from end to end. */
  const QUANTILES = [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99];
  const base = { baseRate: 0.5, matchThreshold: 1, mismatchThreshold: 0 };

  it.each([
    { count: 40, gap: 2 },
    { count: 40, gap: 4 },
    { count: 100, gap: 3 },
  ])('hold the truth across the scores: $count scores, classes $gap deviations apart', ({ count, gap }) => {
    const places = placesOf(gap, QUANTILES);
    const covered = { platt: places.map(() => 0), isotonic: places.map(() => 0) };
    for (let seed = 0; seed < REPETITIONS; seed++) {
      const random = createRandom(7919 * seed + count);
      const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
      const scores = Float64Array.from(labels, (label) => random.nextGaussian() + gap * label);
      const fits = { platt: fitPlattWithInterval(scores, labels), isotonic: fitIsotonic(scores, labels) };
      for (const kind of ['platt', 'isotonic'] as const) {
        places.forEach((score, i) => {
          const truth = sigmoid(gap * score - (gap * gap) / 2);
          const [low, high] = probabilityInterval({ ...base, ...fits[kind] }, score);
          if (low <= truth && truth <= high) covered[kind][i]++;
        });
      }
    }
    for (const [kind, counts] of Object.entries(covered)) {
      const mean = counts.reduce((sum, value) => sum + value, 0) / (REPETITIONS * places.length);
      expect(mean, kind).toBeGreaterThanOrEqual(0.93);
      // At one place 120 repetitions vary by two hundredths, twice that once in twenty.
      counts.forEach((value, i) => {
        expect(value / REPETITIONS, `${kind} at quantile ${QUANTILES[i]}`).toBeGreaterThanOrEqual(0.89);
      });
    }
  });

  function placesOf(gap: number, quantiles: readonly number[]): number[] {
    const random = createRandom(9);
    const many = Float64Array.from({ length: 4000 }, (_, i) => random.nextGaussian() + gap * (i % 2)).sort();
    return quantiles.map((quantile) => many[Math.round(quantile * (many.length - 1))]);
  }
});
