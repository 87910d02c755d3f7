import { describe, expect, it } from 'vitest';
import type { Calibrator } from '../../src/core/scoring/selection-model.ts';
import { decisionThresholds } from '../../src/use-cases/decision-thresholds.ts';

const OLD: Calibrator = {
  kind: 'platt',
  slope: 4,
  intercept: -8,
  covariance: [0, 0, 0],
  baseRate: 0.5,
  matchThreshold: 0.6,
  mismatchThreshold: 0.3,
};
const STORED: Calibrator = {
  ...OLD,
  evidence: {
    precision: 0.95,
    match: { thresholds: Float64Array.of(0.6), logRatios: Float64Array.of(3) },
    mismatch: { thresholds: Float64Array.of(0.3), logRatios: Float64Array.of(3) },
  },
};

describe('decisionThresholds', () => {
  it("are the record's own at its base rate", () => {
    const own = { baseRate: 0.5, precision: 0.95, match: 0.6, mismatch: 0.3 };
    expect(decisionThresholds(STORED, null)).toEqual(own);
    expect(decisionThresholds(STORED, 0.5)).toEqual(own);
  });

  it('say null for a side that is closed', () => {
    expect(decisionThresholds(STORED, 0.01)).toMatchObject({ baseRate: 0.01, match: null });
    expect(decisionThresholds(STORED, 0.99)).toMatchObject({ baseRate: 0.99, mismatch: null });
  });

  it('know no precision of a record made before evidence was stored, and keep its thresholds', () => {
    expect(decisionThresholds(OLD, 0.01)).toEqual({
      baseRate: 0.01,
      precision: null,
      match: 0.6,
      mismatch: 0.3,
    });
  });

  it('refuse a base rate of 0 or 1', () => {
    for (const rate of [0, 1, -1]) {
      expect(() => decisionThresholds(STORED, rate)).toThrow(/Expected baseRate between 0 and 1/);
    }
  });
});
