import { probability, probabilityInterval } from '../../src/core/calibration/calibration.ts';
import type { HistogramBin } from '../../src/core/evaluation/calibrate.ts';
import type { Calibrator } from '../../src/core/scoring/selection-model.ts';
import type { PrecomputeReport } from '../report/report-data.ts';

/** Between two knots Platt's curve bends; this many points a bin of the histogram draw it to within a pixel. */
const PLATT_STEPS = 5;

/**
 * What the record makes of a score, over the histogram's range: isotonic regression at its own knots, between which it is a straight
 * line, and at both ends of the range; Platt's curve in small steps.
 */
export function calibratorCurve(
  calibrator: Calibrator,
  histogram: readonly HistogramBin[],
): PrecomputeReport['calibration']['curve'] {
  const from = histogram[0].low;
  const to = histogram[histogram.length - 1].high;
  const count = PLATT_STEPS * histogram.length;
  const inside =
    calibrator.kind === 'isotonic'
      ? [...calibrator.scores].filter((score) => score > from && score < to)
      : Array.from({ length: count - 1 }, (_, i) => from + ((i + 1) * (to - from)) / count);
  return [from, ...inside, to].map((score) => {
    const [low, high] = probabilityInterval(calibrator, score);
    return { score, probability: probability(calibrator, score), low, high };
  });
}
