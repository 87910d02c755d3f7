import { thresholdsAt } from '../core/calibration/decisions.ts';
import type { Calibrator } from '../core/scoring/selection-model.ts';
import { readBaseRate } from './pair-scores.ts';

/** As `DecisionThresholds` of schema.graphql. */
export interface DecisionThresholds {
  readonly baseRate: number;
  readonly precision: number | null;
  readonly match: number | null;
  readonly mismatch: number | null;
}

/**
 * Where decisions begin at a base rate.
 * @param asked null is the calibrated one
 * @throws AppError BAD_INPUT unless it is inside (0, 1)
 */
export function decisionThresholds(
  calibrator: Calibrator,
  asked: number | null | undefined,
): DecisionThresholds {
  const baseRate = readBaseRate(asked) ?? calibrator.baseRate;
  const { matchThreshold, mismatchThreshold } = thresholdsAt(calibrator, baseRate);
  return {
    baseRate,
    precision: calibrator.evidence?.precision ?? null,
    match: matchThreshold < 1 ? matchThreshold : null,
    mismatch: mismatchThreshold > 0 ? mismatchThreshold : null,
  };
}
