import { probability } from '../calibration/calibration.ts';
import type { Calibrator } from '../scoring/selection-model.ts';

/** No score of a unit vector under any fusion comes near it. */
const FARTHEST_SCORE = 1e9;

/**
 * The least score whose calibrated probability is at least `minProbability`: probabilities never fall as scores rise. Infinity
 * when there is none, -Infinity when every score will do.
 * @param minProbability in [0, 1]
 * @param baseRate in (0, 1); undefined is the calibrated one
 * Bisection down to neighbouring floats, some 100 calls of `probability`.
 */
export function leastScore(
  calibrator: Calibrator,
  minProbability: number,
  baseRate: number | undefined,
): number {
  const isEnough = (score: number): boolean => probability(calibrator, score, baseRate) >= minProbability;
  let low = -FARTHEST_SCORE;
  let high = FARTHEST_SCORE;
  if (isEnough(low)) return -Infinity;
  if (!isEnough(high)) return Infinity;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
}
