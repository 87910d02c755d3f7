import { describe, expect, it } from 'vitest';
import { probability } from '../../../src/core/calibration/calibration.ts';
import { leastScore } from '../../../src/core/search/least-score.ts';
import { buildSelection } from '../../format/selection-builder.ts';

/** The neighbour of a float64 below it. */
function below(x: number): number {
  return x - Math.max(Number.MIN_VALUE, Math.abs(x) * Number.EPSILON);
}

describe('leastScore', () => {
  it.each(['platt', 'isotonic'] as const)('is where the probability of a %s fit is reached', (calibrator) => {
    const { model } = buildSelection(5, { calibrator });
    const [low, high] = [-1e9, 1e9].map((score) => probability(model.calibrator, score));
    for (const share of [0.1, 0.5, 0.9]) {
      const wanted = low + share * (high - low);
      const score = leastScore(model.calibrator, wanted, undefined);
      expect(probability(model.calibrator, score)).toBeGreaterThanOrEqual(wanted);
      expect(probability(model.calibrator, below(score))).toBeLessThanOrEqual(wanted);
    }
  });

  it('is at the ends where every score will do or none', () => {
    const { calibrator } = buildSelection(5, { calibrator: 'isotonic' }).model;
    expect(leastScore(calibrator, 0, undefined)).toBe(-Infinity);
    expect(leastScore(calibrator, 1, undefined)).toBe(Infinity);
  });

  it('moves with the base rate', () => {
    const { calibrator } = buildSelection(5, { calibrator: 'platt' }).model;
    expect(leastScore(calibrator, 0.5, 0.01)).toBeGreaterThan(leastScore(calibrator, 0.5, 0.5));
  });
});
