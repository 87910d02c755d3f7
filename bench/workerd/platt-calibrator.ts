import type { Calibrator } from '../../src/core/scoring/selection-model.ts';

/** Of the made selections: its numbers decide no time, but must be ones that a record may hold. */
export const PLATT_CALIBRATOR: Calibrator = {
  kind: 'platt',
  slope: 10,
  intercept: -3,
  covariance: [0.04, -0.01, 0.01],
  baseRate: 0.5,
  matchThreshold: 0.8,
  mismatchThreshold: 0.2,
};
