import { describe, expect, it } from 'vitest';
import {
  probability,
  probabilityInterval,
  scoreAtThreshold,
} from '../../../src/core/calibration/calibration.ts';
import { logit, sigmoid } from '../../../src/core/calibration/log-odds.ts';
import { decide } from '../../../src/core/calibration/decisions.ts';
import { fitIsotonic } from '../../../src/core/fitting/isotonic-calibration.ts';
import { interpolate, isotonicRegression } from '../../../src/core/calibration/isotonic-regression.ts';
import { createRandom } from '../../../src/core/random.ts';
import { type Calibrator, type IsotonicFit, MAX_KNOTS } from '../../../src/core/scoring/selection-model.ts';
import { gaussians } from '../random-data.ts';

/** Scores, and labels drawn by a probability that rises with them. */
function sample(count: number, seed: number, rate = (x: number) => sigmoid(2 * x)) {
  const random = createRandom(seed);
  const scores = gaussians(count, seed + 1000);
  return { scores, labels: Uint8Array.from(scores, (score) => Number(random.next() < rate(score))) };
}

/** All that a record asks of a fit. */
function validateFit({ scores, probabilities, low, high }: IsotonicFit, note = ''): void {
  expect(scores.length, note).toBeGreaterThanOrEqual(1);
  expect(scores.length, note).toBeLessThanOrEqual(MAX_KNOTS);
  for (let i = 0; i < scores.length; i++) {
    if (i > 0) expect(scores[i], note).toBeGreaterThan(scores[i - 1]);
    for (const values of [probabilities, low, high]) {
      expect(values[i], note).toBeGreaterThan(0);
      expect(values[i], note).toBeLessThan(1);
      if (i > 0) expect(values[i], note).toBeGreaterThanOrEqual(values[i - 1]);
    }
    expect(low[i], note).toBeLessThanOrEqual(probabilities[i]);
    expect(high[i], note).toBeGreaterThanOrEqual(probabilities[i]);
  }
}

const CALIBRATOR: Calibrator = {
  kind: 'isotonic',
  scores: Float64Array.of(-1, 0, 0.5, 2),
  probabilities: Float64Array.of(0.1, 0.4, 0.4, 0.9),
  low: Float64Array.of(0.05, 0.3, 0.3, 0.8),
  high: Float64Array.of(0.2, 0.5, 0.5, 0.99),
  baseRate: 0.5,
  matchThreshold: 0.9,
  mismatchThreshold: 0.1,
};

describe('fitIsotonic', () => {
  it('is isotonic regression on the smoothed targets, sorted by score', () => {
    const { scores, labels } = sample(90, 1);
    const { scores: knots, probabilities } = fitIsotonic(scores, labels);
    const matches = labels.reduce((sum, label) => sum + label, 0);
    const order = [...scores.keys()].sort((a, b) => scores[a] - scores[b]);
    const expected = isotonicRegression(
      Float64Array.from(order, (i) => scores[i]),
      Float64Array.from(order, (i) => (labels[i] === 1 ? (matches + 1) / (matches + 2) : 1 / (92 - matches))),
      new Float64Array(90).fill(1),
    );
    // Knots of the interval lie between those of the regression, on its lines.
    expect([...knots]).toEqual(expect.arrayContaining([...expected.positions]));
    // Tilted by .001 of the log-odds either way, and so by a quarter of that at most.
    probabilities.forEach((p, i) => {
      expect(Math.abs(p - interpolate(expected.positions, expected.values, knots[i]))).toBeLessThan(0.00025);
      if (i > 0) expect(p).toBeGreaterThan(probabilities[i - 1]);
    });
  });

  it('gives what a record takes, for any labels that hold both classes', () => {
    for (let seed = 0; seed < 40; seed++) {
      const { scores, labels } = sample(5 + seed, seed);
      labels[0] = 0;
      labels[1] = 1;
      const rounded = scores.map((score) => Math.round(4 * score) / 4);
      validateFit(fitIsotonic(rounded, labels), `seed ${seed}`);
    }
  });

  it('gives bounds that never fall, however its search for them rounds', () => {
    // Of one bound at two knots bisection may find two, 5e-13 apart and falling: in 30 of 400 such fits of 678 scores, these among them.
    for (const [seed, count] of [
      [356, 100],
      [71, 200],
      [7, 300],
      [1, 678],
    ]) {
      const random = createRandom(seed);
      const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
      validateFit(
        fitIsotonic(
          Float64Array.from(labels, (label) => random.nextGaussian() + label),
          labels,
        ),
      );
    }
  });

  it('keeps separable scores away from 0 and 1 and gives equal scores one probability', () => {
    const labels = Uint8Array.of(0, 0, 0, 1, 1, 1);
    const apart = fitIsotonic(Float64Array.of(1, 2, 3, 4, 5, 6), labels);
    expect([...apart.probabilities]).toEqual(
      [0.2, 0.2, 0.2, 0.8, 0.8, 0.8].map((p) => expect.closeTo(p, 3) as number),
    );
    const equal = fitIsotonic(new Float64Array(6).fill(2), labels);
    expect([...equal.scores]).toEqual([2]);
    expect(equal.probabilities[0]).toBeCloseTo(0.5, 12);
  });

  it('turns decreasing scores into one plateau: they say nothing', () => {
    const { probabilities } = fitIsotonic(Float64Array.of(4, 3, 2, 1), Uint8Array.of(0, 0, 1, 1));
    expect(Math.max(...probabilities) - Math.min(...probabilities)).toBeLessThan(0.0005);
  });

  it('widens the interval when scores come in groups of copies', () => {
    const { scores, labels } = sample(80, 3);
    const copied = Float64Array.from({ length: 800 }, (_, i) => scores[i % 80]);
    const labelled = Uint8Array.from({ length: 800 }, (_, i) => labels[i % 80]);
    const alone = fitIsotonic(copied, labelled);
    const grouped = fitIsotonic(copied, labelled, { groups: copied.map((_, i) => i % 80) });
    const width = ({ low, high }: IsotonicFit) => high.reduce((sum, value, i) => sum + value - low[i], 0);
    expect(width(grouped)).toBeGreaterThan(2 * width(alone));
    expect(grouped.probabilities).toEqual(alone.probabilities);
  });

  it('thins many knots, first and last among those that stay', () => {
    const count = MAX_KNOTS + 50;
    // Each score often, the share of matches rising with it: a knot each.
    const scores = Float32Array.from({ length: count * (count + 1) }, (_, i) => Math.floor(i / (count + 1)));
    const labels = Uint8Array.from(scores, (score, i) => Number(i % (count + 1) <= score));
    const fit = fitIsotonic(scores, labels);
    validateFit(fit);
    expect(fit.scores.length).toBeGreaterThanOrEqual(MAX_KNOTS / 2);
    expect(fit.scores[0]).toBe(0);
    expect(fit.scores.at(-1)).toBe(count - 1);
  });

  it('rejects one class, no scores, NaN, and lists of different length', () => {
    const scores = Float64Array.of(1, 2);
    const both = Uint8Array.of(0, 1);
    expect(() => fitIsotonic(scores, Uint8Array.of(1, 1))).toThrow(/matches and mismatches/);
    expect(() => fitIsotonic(new Float64Array(), new Uint8Array())).toThrow(RangeError);
    expect(() => fitIsotonic(Float64Array.of(1, NaN), both)).toThrow(/finite/);
    expect(() => fitIsotonic(scores, Uint8Array.of(1))).toThrow(/2 labels, one a score, got 1/);
    expect(() => fitIsotonic(scores, both, { groups: [1] })).toThrow(/2 groups/);
  });
});

describe('an isotonic calibrator', () => {
  it('interpolates, at its own base rate', () => {
    // Through the log-odds and back: rounding only.
    const expected = [0.1, 0.1, 0.25, 0.4, 0.4, 0.65, 0.9, 0.9];
    [-9, -1, -0.5, 0, 0.5, 1.25, 2, 9].forEach((score, i) => {
      expect(probability(CALIBRATOR, score)).toBeCloseTo(expected[i], 12);
    });
    const [low, high] = probabilityInterval(CALIBRATOR, -0.5);
    expect(low).toBeCloseTo(0.175, 12);
    expect(high).toBeCloseTo(0.35, 12);
  });

  it('follows Bayes at another base rate, interval included', () => {
    const shift = Math.log(0.01 / 0.99);
    expect(probability(CALIBRATOR, 0.2, 0.01)).toBeCloseTo(sigmoid(logit(0.4) + shift), 12);
    const [low, high] = probabilityInterval(CALIBRATOR, 0.2, 0.01);
    expect(low).toBeCloseTo(sigmoid(logit(0.3) + shift), 12);
    expect(high).toBeCloseTo(sigmoid(logit(0.5) + shift), 12);
  });

  it('says at which scores a decision begins', () => {
    expect(scoreAtThreshold(CALIBRATOR, 0.65, 'match')).toBeCloseTo(1.25, 12);
    expect(scoreAtThreshold(CALIBRATOR, 0.25, 'mismatch')).toBeCloseTo(-0.5, 12);
    // A plateau passes as a whole: its low end is a match, its high end a mismatch.
    const plateau = probability(CALIBRATOR, 0.2);
    expect(scoreAtThreshold(CALIBRATOR, plateau, 'match')).toBeCloseTo(0, 12);
    expect(scoreAtThreshold(CALIBRATOR, plateau, 'mismatch')).toBeCloseTo(0.5, 12);
    expect(scoreAtThreshold(CALIBRATOR, 0.95, 'match')).toBeNull();
    expect(scoreAtThreshold(CALIBRATOR, 0.05, 'mismatch')).toBeNull();
    expect(scoreAtThreshold(CALIBRATOR, 1, 'match')).toBeNull();
  });

  it('agrees with Platt scaling on where a decision begins', () => {
    const platt: Calibrator = {
      ...CALIBRATOR,
      kind: 'platt',
      slope: 4,
      intercept: -1,
      covariance: [1, 0, 1],
    };
    const score = scoreAtThreshold(platt, 0.9, 'match') ?? NaN;
    expect(probability(platt, score)).toBeCloseTo(0.9, 12);
    expect(decide(platt, probability(platt, score + 1e-9))).toBe('MATCH');
    expect(decide(platt, probability(platt, score - 1e-9))).toBe('UNCERTAIN');
  });
});
