import { describe, expect, it } from 'vitest';
import {
  auc,
  brier,
  expectedCalibrationError,
  jaccard,
  kuncheva,
  reliabilityBins,
} from '../../../src/core/evaluation/metrics.ts';
import { sigmoid } from '../../../src/core/calibration/log-odds.ts';
import { createRandom, shuffle } from '../../../src/core/random.ts';
import { binaryLabels, gaussians } from '../random-data.ts';
import { readFixture } from '../read-fixture.ts';

interface Case {
  readonly scores: number[];
  readonly labels: number[];
  readonly auc: number;
  readonly brier: number;
}

const CASES = readFixture<Case[]>('metrics');

describe('auc', () => {
  it.each(CASES)('agrees with scikit-learn ($auc)', (expected) => {
    // Whole and half counts over a product: one division apart.
    expect(auc(Float64Array.from(expected.scores), Uint8Array.from(expected.labels))).toBeCloseTo(
      expected.auc,
      14,
    );
  });

  it('is 1 in order, 0 in reverse, 1/2 when all are equal', () => {
    const labels = Uint8Array.of(0, 0, 1, 1);
    expect(auc(Float64Array.of(1, 2, 3, 4), labels)).toBe(1);
    expect(auc(Float64Array.of(4, 3, 2, 1), labels)).toBe(0);
    expect(auc(Float64Array.of(7, 7, 7, 7), labels)).toBe(0.5);
  });

  it('is the share of pairs in order, ties counting half', () => {
    const scores = gaussians(70, 1).map((x) => Math.round(2 * x));
    const labels = binaryLabels(70, 2);
    let right = 0;
    let pairs = 0;
    for (let i = 0; i < 70; i++) {
      for (let j = 0; j < 70; j++) {
        if (labels[i] !== 1 || labels[j] !== 0) continue;
        pairs++;
        right += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0;
      }
    }
    expect(auc(scores, labels)).toBeCloseTo(right / pairs, 14);
  });

  it('takes infinite scores and rejects NaN, one class, no scores', () => {
    expect(auc(Float64Array.of(-Infinity, Infinity), Uint8Array.of(0, 1))).toBe(1);
    expect(() => auc(Float64Array.of(NaN, 1), Uint8Array.of(0, 1))).toThrow(RangeError);
    expect(() => auc(Float64Array.of(1, 2), Uint8Array.of(1, 1))).toThrow(/2 and 0/);
    expect(() => auc(new Float64Array(0), new Uint8Array(0))).toThrow(RangeError);
    expect(() => auc(Float64Array.of(1), Uint8Array.of(0, 1))).toThrow(/1 values and 2 labels/);
  });
});

describe('brier', () => {
  it.each(CASES)('agrees with scikit-learn ($brier)', (expected) => {
    const probabilities = Float64Array.from(expected.scores, sigmoid);
    expect(brier(probabilities, Uint8Array.from(expected.labels))).toBeCloseTo(expected.brier, 14);
  });
});

describe('reliabilityBins', () => {
  it('puts each probability into one bin, 1 into the last, and leaves empty ones null', () => {
    const bins = reliabilityBins(Float64Array.of(0, 0.09, 0.1, 0.95, 1), Uint8Array.of(0, 1, 0, 1, 1));
    expect(bins.map((bin) => bin.count)).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    expect(bins[0]).toEqual({ low: 0, high: 0.1, count: 2, meanProbability: 0.045, matchShare: 0.5 });
    expect(bins[2].meanProbability).toBeNull();
    expect(bins[2].matchShare).toBeNull();
    expect(bins[9].matchShare).toBe(1);
  });

  it('rejects what is no probability', () => {
    for (const p of [-0.1, 1.1, NaN])
      expect(() => reliabilityBins(Float64Array.of(p), Uint8Array.of(0))).toThrow(RangeError);
  });
});

describe('expectedCalibrationError', () => {
  it('is the gap of each bin weighted by its count', () => {
    // Bin [0.2, 0.3): says 0.25, half are matches; bin [0.9, 1]: says 0.9, all are.
    const error = expectedCalibrationError(Float64Array.of(0.25, 0.25, 0.9), Uint8Array.of(0, 1, 1));
    expect(error).toBeCloseTo((2 * 0.25 + 0.1) / 3, 14);
  });

  it('is 0 for sure and right, 1 for sure and wrong', () => {
    expect(expectedCalibrationError(Float64Array.of(0, 1), Uint8Array.of(0, 1))).toBe(0);
    expect(expectedCalibrationError(Float64Array.of(0, 1), Uint8Array.of(1, 0))).toBe(1);
  });
});

describe('jaccard and kuncheva', () => {
  it('are 1 for equal sets; apart, jaccard is 0 and kuncheva below', () => {
    const a = Uint32Array.of(1, 2, 3);
    expect(jaccard(a, a)).toBe(1);
    expect(kuncheva(a, a, 10)).toBe(1);
    const b = Uint32Array.of(4, 5, 6);
    expect(jaccard(a, b)).toBe(0);
    // Chance shares 9/10 of an index: (0 - 0.9) / (3 - 0.9).
    expect(kuncheva(a, b, 10)).toBeCloseTo(-0.9 / 2.1, 14);
    expect(jaccard(a, Uint32Array.of(3, 4))).toBe(0.25);
  });

  it('kuncheva averages 0 over random subsets', () => {
    const random = createRandom(3);
    let sum = 0;
    for (let i = 0; i < 2000; i++) {
      const subset = () => {
        const all = Uint32Array.from({ length: 40 }, (_, index) => index);
        shuffle(all, random);
        return all.subarray(0, 10);
      };
      sum += kuncheva(subset(), subset(), 40) ?? NaN;
    }
    // One draw spreads by about 0.16; 2000 of them by 0.004.
    expect(Math.abs(sum / 2000)).toBeLessThan(0.02);
  });

  it('say where they are undefined', () => {
    const all = Uint32Array.of(0, 1);
    expect(kuncheva(all, all, 2)).toBeNull();
    expect(kuncheva(new Uint32Array(0), new Uint32Array(0), 2)).toBeNull();
    expect(jaccard(new Uint32Array(0), new Uint32Array(0))).toBe(1);
    expect(() => kuncheva(all, Uint32Array.of(1), 5)).toThrow(/2 and 1/);
  });
});
