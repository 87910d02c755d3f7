import { describe, expect, it } from 'vitest';
import { probability } from '../../../src/core/calibration/calibration.ts';
import { decide, thresholdsAt, thresholdsFrom } from '../../../src/core/calibration/decisions.ts';
import { DecisionTally } from '../../../src/core/evaluation/decisions-at-rate.ts';
import { decisionEvidence } from '../../../src/core/evaluation/decision-evidence.ts';
import { highestRate, lowestRate } from '../../../src/core/fitting/binomial-bounds.ts';
import { createRandom } from '../../../src/core/random.ts';
import type { Calibrator } from '../../../src/core/scoring/selection-model.ts';

/** Right for matches N(4, 1) and mismatches N(0, 1) at one half. */
const FOUR_APART: Calibrator = {
  kind: 'platt',
  slope: 4,
  intercept: -8,
  covariance: [0, 0, 0],
  baseRate: 0.5,
  matchThreshold: 1,
  mismatchThreshold: 0,
};

function matchesOf(scores: Float64Array) {
  return { scores, groups: Int32Array.from(scores.keys()) };
}

/** Each of an image and a caption of its own. */
function mismatchesOf(scores: Float64Array) {
  const own = Int32Array.from(scores.keys());
  return { scores, imageGroups: own, textGroups: own, weights: new Float64Array(scores.length).fill(1) };
}

function drawn(count: number, mean: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: count }, () => mean + random.nextGaussian());
}

/** P(N(0, 1) > x) by Simpson’s rule, to 1e-10. */
function normalTail(x: number): number {
  if (x < 0) return 1 - normalTail(-x);
  const steps = 2000;
  const width = 12 / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((x + i * width) ** 2) / 2);
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}

describe('decisionEvidence', () => {
  it('bounds both shares from few pairs: no error among a hundred is not none', () => {
    const matches = Float64Array.from({ length: 50 }, (_, i) => (i < 40 ? 3 : 1));
    const mismatches = Float64Array.from({ length: 100 }, () => 0);
    const { match } = decisionEvidence(FOUR_APART, matchesOf(matches), mismatchesOf(mismatches), 0.95);
    // All fifty at 1 tell most: at 3 there are ten less.
    expect([...match.thresholds]).toEqual([probability(FOUR_APART, 1)]);
    const expected = Math.log(lowestRate(50, 50, 0.05) / highestRate(0, 100, 0.05));
    expect(match.logRatios[0]).toBeCloseTo(expected, 9);
  });

  it('counts four captions of one image that score alike as one', () => {
    const matches = drawn(200, 4, 1);
    const mismatches = drawn(400, 0, 2);
    const once = decisionEvidence(FOUR_APART, matchesOf(matches), mismatchesOf(mismatches), 0.95);
    const four = mismatchesOf(Float64Array.from({ length: 1600 }, (_, i) => mismatches[i % 400]));
    const images = four.imageGroups.map((i) => i % 400);
    const again = decisionEvidence(FOUR_APART, matchesOf(matches), { ...four, imageGroups: images }, 0.95);
    expect(again.match.thresholds).toEqual(once.match.thresholds);
    again.match.logRatios.forEach((ratio, i) => expect(ratio).toBeCloseTo(once.match.logRatios[i], 9));
    const apart = decisionEvidence(FOUR_APART, matchesOf(matches), four, 0.95);
    // Were each of them news, no error among 1,600 would be a quarter of the rate of none among 400.
    expect(apart.match.logRatios.at(-1)).toBeGreaterThan((once.match.logRatios.at(-1) ?? 0) + 1);
  });

  it('lets weights say how much each mismatch counts', () => {
    const matches = drawn(300, 4, 3);
    const mismatches = Float64Array.from([...drawn(1000, 0, 4), ...drawn(1000, 4, 5)]);
    const even = decisionEvidence(FOUR_APART, matchesOf(matches), mismatchesOf(mismatches), 0.95);
    const light = decisionEvidence(
      FOUR_APART,
      matchesOf(matches),
      { ...mismatchesOf(mismatches), weights: mismatches.map((_, i) => (i < 1000 ? 1 : 0.01)) },
      0.95,
    );
    const most = (evidence: typeof even): number => evidence.match.logRatios.at(-1) ?? -Infinity;
    // Half of the mismatches look like matches: a ratio of two at most. Weighed down they are one in a hundred.
    expect(most(even)).toBeLessThan(Math.log(2.5));
    expect(most(light)).toBeGreaterThan(Math.log(20));
  });

  // At 0.01 one error in some 1,900 mismatches is allowed, fewer where not all matches are called. None among n shows no less than 3 in
  // n, so that 16,000 can show it with half of the matches beyond the highest, but for a few draws; at 0.001 it takes ten times as many.
  it.each([
    { baseRate: 0.5, count: 4_000, rounds: 40, opened: [40, 40] },
    { baseRate: 0.1, count: 4_000, rounds: 40, opened: [40, 40] },
    { baseRate: 0.01, count: 16_000, rounds: 20, opened: [15, 20] },
    { baseRate: 0.001, count: 4_000, rounds: 20, opened: [0, 0] },
  ])('keeps the precision it promises at $baseRate, from $count mismatches', (drawing) => {
    const { baseRate, count, rounds, opened } = drawing;
    let kept = 0;
    let open = 0;
    for (let seed = 0; seed < rounds; seed++) {
      const matches = matchesOf(drawn(200, 4, 100 + seed));
      const mismatches = mismatchesOf(drawn(count, 0, 200 + seed));
      const evidence = decisionEvidence(FOUR_APART, matches, mismatches, 0.95);
      const { matchThreshold } = thresholdsFrom({ ...FOUR_APART, evidence }, baseRate);
      // The score where the decision begins, and so the true precision.
      const shift = Math.log(baseRate / (1 - baseRate));
      const score = (Math.log(matchThreshold / (1 - matchThreshold)) - shift + 8) / 4;
      if (matchThreshold < 1) open++;
      const right = baseRate * normalTail(score - 4);
      if (matchThreshold === 1 || right / (right + (1 - baseRate) * normalTail(score)) >= 0.95) kept++;
    }
    // Each bound fails in at most 5% of draws, and a threshold is chosen among several: 9 in 10, less two deviations.
    expect(kept).toBeGreaterThanOrEqual(0.9 * rounds - 2 * Math.sqrt(0.09 * rounds));
    expect(open).toBeGreaterThanOrEqual(opened[0]);
    expect(open).toBeLessThanOrEqual(opened[1]);
  });
});

describe('DecisionTally', () => {
  it('bounds precision by as many independent mismatches as they are worth, also where none is called a match', () => {
    const matches = matchesOf(drawn(100, 20, 6));
    const calibrator = { ...FOUR_APART, matchThreshold: 0.9 };
    const lowOf = (imageGroups: Int32Array): number => {
      // Forty images, fifty captions each that score alike, none near the threshold.
      const scores = Float64Array.from(drawn(40, -5, 7));
      const mismatches = mismatchesOf(Float64Array.from({ length: 2000 }, (_, i) => scores[i % 40]));
      const tally = new DecisionTally(matches, { ...mismatches, imageGroups }, 0.5);
      const all = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);
      tally.decide(calibrator, all(100), all(2000));
      return tally.figures(calibrator)[0].match.precision?.low ?? NaN;
    };
    const worth = (count: number): number => 1 / (1 + highestRate(0, count, 0.025));
    expect(lowOf(Int32Array.from({ length: 2000 }, (_, i) => i))).toBeCloseTo(worth(2000), 9);
    // Thirty of the fifty nearest to an error are of one image: they count as one.
    expect(lowOf(Int32Array.from({ length: 2000 }, (_, i) => i % 40))).toBeCloseTo(worth(2000 / 30), 2);
  });
});

describe('DecisionTally of few calls', () => {
  const precisionOf = (matches: Float64Array, mismatches: Float64Array) => {
    const calibrator = { ...FOUR_APART, matchThreshold: 0.9 };
    const tally = new DecisionTally(matchesOf(matches), mismatchesOf(mismatches), 0.5);
    tally.decide(calibrator, Uint32Array.from(matches.keys()), Uint32Array.from(mismatches.keys()));
    return tally.figures(calibrator)[0].match.precision;
  };
  const of = (count: number, score: number): Float64Array => new Float64Array(count).fill(score);

  it('bounds both shares where every call is an error', () => {
    const precision = precisionOf(
      of(40, 0),
      Float64Array.from({ length: 100 }, (_, i) => (i < 50 ? 20 : 0)),
    );
    // None of forty matches is called: up to 8.8 % of them may be. Half of the mismatches are.
    const [right, error] = [highestRate(0, 40, 0.025), lowestRate(50, 100, 0.025)];
    expect(precision).toEqual({ value: 0, low: 0, high: right / (right + error) });
    // One error that the effective number of pairs makes next to nothing is no 0 / 0.
    const rare = precisionOf(
      of(40, 0),
      Float64Array.from({ length: 100 }, (_, i) => (i < 1 ? 20 : 0)),
    );
    expect([rare?.value, rare?.low, Number.isFinite(rare?.high)]).toEqual([0, 0, true]);
  });

  it('has none where nothing is called', () => {
    expect(precisionOf(of(40, 0), of(100, 0))).toBeNull();
  });

  it('is sure of nothing where all of both are called', () => {
    const precision = precisionOf(of(40, 20), of(100, 20));
    expect(precision?.value).toBe(0.5);
    expect(precision?.low).toBe(0.5);
    expect(precision?.high).toBeCloseTo(1 / (1 + lowestRate(100, 100, 0.025)), 12);
  });
});

describe('thresholdsAt', () => {
  const evidence = {
    precision: 0.95,
    match: {
      thresholds: Float64Array.of(0.2, 0.6, 0.9),
      logRatios: Float64Array.of(2, Math.log(19.1), 5),
    },
    mismatch: { thresholds: Float64Array.of(0.7, 0.3), logRatios: Float64Array.of(1, Math.log(19.1)) },
  };
  const stored: Calibrator = { ...FOUR_APART, evidence, matchThreshold: 0.6, mismatchThreshold: 0.3 };
  const moved = (p: number, baseRate: number): number => {
    const odds = (p / (1 - p)) * (baseRate / (1 - baseRate));
    return odds / (1 + odds);
  };

  it('takes the least sure threshold whose evidence reaches the precision, moved to the base rate', () => {
    // At one half the odds asked for are 19.
    expect(thresholdsAt(stored)).toMatchObject({ matchThreshold: 0.6, mismatchThreshold: 0.3 });
    // ln 19 + ln 4 = 4.33.
    const { matchThreshold } = thresholdsAt(stored, 0.2);
    expect(matchThreshold).toBeCloseTo(moved(0.9, 0.2), 12);
  });

  it('closes a side that no evidence opens', () => {
    expect(thresholdsAt(stored, 0.01).matchThreshold).toBe(1);
    expect(thresholdsAt(stored, 0.99).mismatchThreshold).toBe(0);
    expect(decide(thresholdsAt(stored, 0.01), 1)).toBe('UNCERTAIN');
    expect(decide(thresholdsAt(stored, 0.99), 0)).toBe('UNCERTAIN');
  });

  it('calls no match below one half, and no mismatch at it or above', () => {
    // At 0.9 matches are so many that every evidence will do: 0.2 moves to 0.69. At 0.75 it would be below one half.
    expect(thresholdsAt(stored, 0.9).matchThreshold).toBeCloseTo(moved(0.2, 0.9), 12);
    const wide = { ...evidence, match: { thresholds: Float64Array.of(0.01), logRatios: Float64Array.of(9) } };
    expect(thresholdsAt({ ...stored, evidence: wide }, 0.6).matchThreshold).toBe(0.5);
    const { mismatchThreshold } = thresholdsAt(stored, 0.01);
    expect(mismatchThreshold).toBeLessThan(0.5);
    const high = {
      ...evidence,
      mismatch: { thresholds: Float64Array.of(0.999), logRatios: Float64Array.of(9) },
    };
    expect(thresholdsAt({ ...stored, evidence: high }, 0.4).mismatchThreshold).toBe(0.5 - 2 ** -54);
  });

  it('leaves the thresholds of a record made before evidence was stored', () => {
    const old: Calibrator = { ...FOUR_APART, matchThreshold: 0.8, mismatchThreshold: 0.1 };
    expect(thresholdsAt(old, 0.001)).toMatchObject({ matchThreshold: 0.8, mismatchThreshold: 0.1 });
    expect(() => thresholdsAt(stored, 1)).toThrow(RangeError);
  });
});
