import { describe, expect, it } from 'vitest';
import { sigmoid } from '../../../src/core/calibration/log-odds.ts';
import { createRandom } from '../../../src/core/random.ts';
import { chooseThresholds } from '../../../src/core/calibration/thresholds.ts';
import { gaussians } from '../random-data.ts';

/** Labels drawn by their own probability: perfectly calibrated. */
function calibratedPairs(
  count: number,
  spread: number,
  seed: number,
): { probabilities: Float64Array; labels: Uint8Array } {
  const random = createRandom(seed);
  const probabilities = gaussians(count, seed + 1).map((x) => sigmoid(spread * x));
  return { probabilities, labels: Uint8Array.from(probabilities, (p) => Number(random.next() < p)) };
}

/** The definition: try every probability of its side of 0.5 as a threshold. */
function slowMatch(
  probabilities: Float64Array,
  labels: Uint8Array,
  precision: number,
  minPairs: number,
): number {
  const fitting = [...probabilities].filter((threshold) => {
    const above = [...labels].filter((_, i) => probabilities[i] >= threshold);
    const right = above.reduce((sum, label) => sum + label, 0);
    return threshold >= 0.5 && above.length >= minPairs && right / above.length >= precision;
  });
  return fitting.length === 0 ? 1 : Math.min(...fitting);
}

describe('chooseThresholds', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'finds the lowest match threshold that meets the precision, and the mirror of it (seed %i)',
    (seed) => {
      const { probabilities, labels } = calibratedPairs(300, 2.5, seed);
      const rounded = probabilities.map((p) => Math.round(p * 64) / 64);
      const { matchThreshold, mismatchThreshold } = chooseThresholds(rounded, labels, {
        precision: 0.9,
        minPairs: 10,
      });
      expect(matchThreshold).toBe(slowMatch(rounded, labels, 0.9, 10));
      // Mirrored, a probability of exactly 0.5 would change sides.
      const below = rounded.map((p) => (p === 0.5 ? 0.51 : p));
      const mirrored = slowMatch(
        below.map((p) => 1 - p),
        labels.map((label) => 1 - label),
        0.9,
        10,
      );
      expect(chooseThresholds(below, labels, { precision: 0.9, minPairs: 10 }).mismatchThreshold).toBe(
        1 - mirrored,
      );
      expect(mismatchThreshold).toBeLessThan(0.5);
    },
  );

  it('reports the precision it reached and the share it leaves open', () => {
    const { probabilities, labels } = calibratedPairs(2000, 2, 7);
    const chosen = chooseThresholds(probabilities, labels);
    const matches = [...labels].filter((_, i) => probabilities[i] >= chosen.matchThreshold);
    expect(chosen.matchPrecision).toBe(matches.reduce((sum, label) => sum + label, 0) / matches.length);
    expect(chosen.matchPrecision).toBeGreaterThanOrEqual(0.95);
    expect(chosen.mismatchPrecision).toBeGreaterThanOrEqual(0.95);
    const open = probabilities.filter((p) => p < chosen.matchThreshold && p > chosen.mismatchThreshold);
    expect(chosen.uncertainShare).toBe(open.length / 2000);
    expect(open.length).toBeGreaterThan(0);
  });

  it('leaves nothing open between classes far apart, and the thresholds on their own sides of 0.5', () => {
    const probabilities = Float64Array.from({ length: 60 }, (_, i) => (i < 30 ? 0.98 : 0.02));
    const labels = Uint8Array.from(probabilities, (p) => Number(p > 0.5));
    expect(chooseThresholds(probabilities, labels)).toEqual({
      matchThreshold: 0.98,
      mismatchThreshold: 0.02,
      matchPrecision: 1,
      mismatchPrecision: 1,
      uncertainShare: 0,
    });
  });

  it('closes both sides when scores say nothing: all is uncertain', () => {
    const labels = Uint8Array.from({ length: 100 }, (_, i) => i % 2);
    expect(chooseThresholds(new Float64Array(100).fill(0.5), labels)).toEqual({
      matchThreshold: 1,
      mismatchThreshold: 0,
      matchPrecision: null,
      mismatchPrecision: null,
      uncertainShare: 1,
    });
  });

  it('does not take a precision from fewer pairs than asked for', () => {
    const probabilities = Float64Array.of(0.99, 0.98, 0.97, 0.01, 0.02, 0.03);
    const labels = Uint8Array.of(1, 1, 1, 0, 0, 0);
    expect(chooseThresholds(probabilities, labels).matchPrecision).toBeNull();
    expect(chooseThresholds(probabilities, labels, { minPairs: 3 }).matchThreshold).toBe(0.97);
  });

  it('keeps the thresholds apart on random data of any quality', () => {
    for (let seed = 0; seed < 60; seed++) {
      const { probabilities, labels } = calibratedPairs(80, seed / 8, seed);
      const { matchThreshold, mismatchThreshold } = chooseThresholds(probabilities, labels, {
        precision: 0.7,
        minPairs: 1,
      });
      expect(matchThreshold, `seed ${seed}`).toBeGreaterThan(mismatchThreshold);
    }
  });

  it('meets the precision at the share of true pairs that the weights give', () => {
    const { probabilities, labels } = calibratedPairs(3000, 2, 8);
    // True pairs count a quarter: the precision is harder to meet.
    const weights = Float64Array.from(labels, (label) => (label === 1 ? 0.25 : 1));
    const even = chooseThresholds(probabilities, labels);
    const chosen = chooseThresholds(probabilities, labels, { weights });
    const { matchThreshold, mismatchThreshold, matchPrecision, uncertainShare } = chosen;
    let right = 0;
    let all = 0;
    let open = 0;
    probabilities.forEach((p, i) => {
      if (p >= matchThreshold) {
        all += weights[i];
        right += labels[i] * weights[i];
      } else if (p > mismatchThreshold) open += weights[i];
    });
    expect(matchPrecision).toBeCloseTo(right / all, 12);
    expect(matchPrecision).toBeGreaterThanOrEqual(0.95);
    expect(matchThreshold).toBeGreaterThan(even.matchThreshold);
    expect(uncertainShare).toBeCloseTo(open / weights.reduce((sum, w) => sum + w), 12);
  });

  it('rejects no pairs, lists of different length and a precision outside (0, 1]', () => {
    expect(() => chooseThresholds(new Float64Array(0), new Uint8Array(0))).toThrow(RangeError);
    expect(() => chooseThresholds(new Float64Array(2), new Uint8Array(1))).toThrow(
      /2 probabilities, 1 labels/,
    );
    for (const precision of [0, 1.1, NaN]) {
      expect(() => chooseThresholds(new Float64Array(1), new Uint8Array(1), { precision })).toThrow(
        /precision/,
      );
    }
  });
});
