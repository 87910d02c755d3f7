import { describe, expect, it } from 'vitest';
import {
  atBaseRate,
  probabilities,
  probability,
  probabilityInterval,
} from '../../../src/core/calibration/calibration.ts';
import { decide } from '../../../src/core/calibration/decisions.ts';
import { fitPlatt } from '../../../src/core/calibration/platt-scaling.ts';
import { logit, sigmoid } from '../../../src/core/calibration/log-odds.ts';
import type { Calibrator, PlattFit } from '../../../src/core/scoring/selection-model.ts';
import { createRandom } from '../../../src/core/random.ts';
import { binaryLabels, gaussians } from '../random-data.ts';
import { readFixture } from '../read-fixture.ts';

interface Case {
  readonly name: string;
  readonly scores: number[];
  readonly labels: number[];
  readonly groups: number[];
  readonly slope: number;
  readonly intercept: number;
  readonly covariance: number[];
  readonly clustered: number[];
  readonly sklearn: number[];
}

const CASES = readFixture<Case[]>('platt');
const CALIBRATOR: Calibrator & PlattFit = {
  kind: 'platt',
  slope: 40,
  intercept: -10,
  covariance: [9, -2, 0.6],
  baseRate: 0.5,
  matchThreshold: 0.9,
  mismatchThreshold: 0.2,
};

function expectRelative(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  actual.forEach((value, i) =>
    expect(Math.abs(value / expected[i] - 1), `entry ${i}`).toBeLessThan(tolerance),
  );
}

describe('fitPlatt', () => {
  it.each(CASES)('agrees with scipy and scikit-learn: $name', ({ scores, labels, groups, ...expected }) => {
    const fit = fitPlatt(Float64Array.from(scores), Uint8Array.from(labels));
    expectRelative([fit.slope, fit.intercept], [expected.slope, expected.intercept], 1e-9);
    // scikit-learn stops at a gradient of 1e-10 and carries a penalty of 1e-12.
    expectRelative([fit.slope, fit.intercept], expected.sklearn, 1e-7);
    expectRelative(fit.covariance, expected.covariance, 1e-7);
    const clustered = fitPlatt(Float64Array.from(scores), Uint8Array.from(labels), { groups });
    expectRelative(clustered.covariance, expected.clustered, 1e-7);
  });

  it('recovers the slope and intercept that made the labels, within its own intervals', () => {
    const random = createRandom(1);
    const scores = gaussians(20_000, 2);
    const labels = Uint8Array.from(scores, (score) => Number(random.next() < sigmoid(3 * score - 1)));
    const { slope, intercept, covariance } = fitPlatt(scores, labels);
    // Four standard errors each.
    expect(Math.abs(slope - 3)).toBeLessThan(4 * Math.sqrt(covariance[0]));
    expect(Math.abs(intercept + 1)).toBeLessThan(4 * Math.sqrt(covariance[2]));
    expect(Math.sqrt(covariance[0])).toBeLessThan(0.1);
  });

  it('makes mean probability equal to the mean of the smoothed targets', () => {
    const scores = gaussians(50, 3);
    const labels = binaryLabels(50, 4);
    const matches = labels.reduce((sum, label) => sum + label, 0);
    const { slope, intercept } = fitPlatt(scores, labels);
    const total = scores.reduce((sum, score) => sum + sigmoid(slope * score + intercept), 0);
    const targets = (matches * (matches + 1)) / (matches + 2) + (50 - matches) / (50 - matches + 2);
    // The gradient of the intercept is driven below 1e-10.
    expect(Math.abs(total - targets)).toBeLessThan(1e-9);
  });

  it('keeps a finite slope for scores that separate the classes, however far', () => {
    for (const scale of [1e-6, 1, 1e6]) {
      const fit = fitPlatt(
        Float64Array.of(-1, -1.5, 1, 2).map((x) => x * scale),
        Uint8Array.of(0, 0, 1, 1),
      );
      expect(Number.isFinite(fit.slope)).toBe(true);
      expect(fit.slope).toBeGreaterThan(0);
      expect(fit.covariance.every(Number.isFinite)).toBe(true);
    }
  });

  it('moves with a shift and a stretch of the scores, and not with their order', () => {
    const scores = gaussians(80, 5);
    const labels = binaryLabels(80, 6);
    const base = fitPlatt(scores, labels);
    const moved = fitPlatt(scores.map((score) => 0.01 * score + 0.3).reverse(), labels.slice().reverse());
    expectRelative(
      [moved.slope * 0.01, moved.intercept + moved.slope * 0.3],
      [base.slope, base.intercept],
      1e-8,
    );
  });

  it('widens the spread when copies of a pair are known to be one group', () => {
    const scores = gaussians(40, 9);
    const labels = binaryLabels(40, 10);
    const copies = {
      scores: Float64Array.from([...scores, ...scores]),
      labels: Uint8Array.from([...labels, ...labels]),
    };
    const groups = Array.from({ length: 80 }, (_, i) => i % 40);
    const naive = fitPlatt(copies.scores, copies.labels, { groups: Array.from({ length: 80 }, (_, i) => i) });
    const clustered = fitPlatt(copies.scores, copies.labels, { groups });
    // Twice the variance, but for G/(G-1) of 80 against 40 groups.
    expect(clustered.covariance[0] / naive.covariance[0]).toBeCloseTo((2 * (40 / 39)) / (80 / 79), 6);
  });

  it('falls back to the inverse Hessian below three groups', () => {
    const scores = gaussians(30, 11);
    const labels = binaryLabels(30, 12);
    const two = fitPlatt(scores, labels, { groups: Array.from({ length: 30 }, (_, i) => i % 2) });
    expect(two.covariance).toEqual(fitPlatt(scores, labels).covariance);
  });

  it('gives slope 0 where all scores are equal', () => {
    const { slope, intercept } = fitPlatt(
      new Float64Array(8).fill(0.3),
      Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 1),
    );
    expect(Math.abs(slope)).toBeLessThan(1e-9);
    expect(sigmoid(slope * 0.3 + intercept)).toBeCloseTo(0.5, 9);
  });

  it('rejects one class, no scores, NaN, and lists of different length', () => {
    const scores = Float64Array.of(1, 2);
    expect(() => fitPlatt(scores, Uint8Array.of(1, 1))).toThrow(/matches and mismatches/);
    expect(() => fitPlatt(new Float64Array(0), new Uint8Array(0))).toThrow(RangeError);
    expect(() => fitPlatt(Float64Array.of(1, NaN), Uint8Array.of(0, 1))).toThrow(/finite/);
    expect(() => fitPlatt(scores, Uint8Array.of(1))).toThrow(/2 labels/);
    expect(() => fitPlatt(scores, Uint8Array.of(0, 1), { groups: [1] })).toThrow(/2 groups/);
  });
});

describe('probabilities', () => {
  const scores = Float64Array.of(-1e6, -1, 0, 0.25, 0.3, 1e6);

  it.each([undefined, 0.01, 0.9])('is probability of every score at base rate %s', (baseRate) => {
    const expected = Array.from(scores, (score) => probability(CALIBRATOR, score, baseRate));
    expect([...probabilities(CALIBRATOR, scores, baseRate)]).toEqual(expected);
  });

  it('refuses a base rate that is none, even without scores', () => {
    expect(() => probabilities(CALIBRATOR, new Float64Array(0), 1)).toThrow(RangeError);
  });
});

describe('probability', () => {
  it('is the sigmoid of the fitted line at the base rate of the fit', () => {
    expect(probability(CALIBRATOR, 0.3)).toBe(sigmoid(40 * 0.3 - 10));
  });

  it('follows Bayes at another base rate', () => {
    const p = probability(CALIBRATOR, 0.3);
    // Odds at 0.01 are odds at 0.5 times 1/99.
    const odds = (p / (1 - p)) * (0.01 / 0.99);
    expect(probability(CALIBRATOR, 0.3, 0.01)).toBeCloseTo(odds / (1 + odds), 12);
  });

  it('stays in [0, 1] and never NaN for scores far out', () => {
    expect(probability(CALIBRATOR, 1e6)).toBe(1);
    expect(probability(CALIBRATOR, -1e6)).toBe(0);
  });

  it('rejects a base rate of 0, 1 or beyond', () => {
    for (const rate of [0, 1, -0.1, NaN])
      expect(() => probability(CALIBRATOR, 0.3, rate)).toThrow(RangeError);
  });
});

describe('probabilityInterval', () => {
  it('spreads the log-odds by 1.96 standard errors of the line', () => {
    const score = 0.3;
    const error = Math.sqrt(9 * score ** 2 - 4 * score + 0.6);
    const [low, high] = probabilityInterval(CALIBRATOR, score);
    expect(logit(high) - logit(low)).toBeCloseTo(2 * 1.959963984540054 * error, 9);
    expect((logit(high) + logit(low)) / 2).toBeCloseTo(40 * score - 10, 9);
  });

  it('contains the probability at every score and base rate', () => {
    for (const score of [-1, 0, 0.2, 0.25, 0.3, 1]) {
      for (const rate of [0.01, 0.5, 0.9]) {
        const [low, high] = probabilityInterval(CALIBRATOR, score, rate);
        const p = probability(CALIBRATOR, score, rate);
        expect(low).toBeLessThanOrEqual(p);
        expect(high).toBeGreaterThanOrEqual(p);
      }
    }
  });

  it('covers the truth in about 95 of 100 repetitions', () => {
    let covered = 0;
    for (let seed = 0; seed < 300; seed++) {
      const random = createRandom(seed);
      const scores = gaussians(200, seed + 1000);
      const labels = Uint8Array.from(scores, (score) => Number(random.next() < sigmoid(2 * score)));
      const fit = { ...CALIBRATOR, ...fitPlatt(scores, labels) };
      const [low, high] = probabilityInterval(fit, 0.5);
      if (low <= sigmoid(1) && sigmoid(1) <= high) covered++;
    }
    // 285 expected, standard deviation 3.8; Platt's smoothing biases a little.
    expect(covered).toBeGreaterThan(270);
    expect(covered).toBeLessThan(298);
  });
});

describe('atBaseRate', () => {
  it('moves every log-odds by the same amount, and leaves the spread', () => {
    const moved = { ...atBaseRate(CALIBRATOR, 0.5, 0.01), baseRate: 0.01 };
    for (const score of [0, 0.2, 0.25, 0.3]) {
      // The same sum in another order.
      expect(probability(moved, score)).toBeCloseTo(probability(CALIBRATOR, score, 0.01), 12);
      const [low, high] = probabilityInterval(moved, score, 0.5);
      expect([low, high]).toEqual(
        probabilityInterval(CALIBRATOR, score).map((p) => expect.closeTo(p, 12) as number),
      );
    }
    expect(moved.covariance).toBe(CALIBRATOR.covariance);
  });

  it('gives the fit itself where nothing moves, and rejects a rate of 0 or 1', () => {
    expect(atBaseRate(CALIBRATOR, 0.3, 0.3)).toBe(CALIBRATOR);
    expect(() => atBaseRate(CALIBRATOR, 0.5, 1)).toThrow(RangeError);
    expect(() => atBaseRate(CALIBRATOR, 0, 0.5)).toThrow(RangeError);
  });
});

describe('decide', () => {
  it('takes both thresholds in and leaves what lies between open', () => {
    expect([0, 0.2, 0.21, 0.89, 0.9, 1].map((p) => decide(CALIBRATOR, p))).toEqual([
      'MISMATCH',
      'MISMATCH',
      'UNCERTAIN',
      'UNCERTAIN',
      'MATCH',
      'MATCH',
    ]);
  });
});
