import { createRandom } from '../random.ts';
import type { Floats } from '../vector.ts';
import { RELIABILITY_BINS, binOf } from './metrics.ts';

/** What the expected calibration error of probabilities would be if they were right. */
export interface ChanceError {
  readonly mean: number;
  /** It would be at most this in `level` of cases. */
  readonly high: number;
  /** In (0, 1). */
  readonly level: number;
}

const DRAWS = 1999;

/**
 * The calibration error that finitely many pairs give by chance alone, even where every probability is right: each pair is
 * drawn a match with its own probability, 1,999 times (consistency resampling: Bröcker and Smith 2007, "Increasing the
 * Reliability of Reliability Diagrams"). Pairs are drawn apart: where several captions of one picture err together, chance gives
 * somewhat more than this says.
 * @param probabilities in [0, 1], at least one
 * @param level share of draws that `high` is to hold, in (0, 1)
 * O(draws · pairs)
 */
export function chanceCalibrationError(probabilities: Floats, level: number, seed: number): ChanceError {
  const count = probabilities.length;
  if (count === 0) throw new RangeError('expected at least one probability, got none');
  const random = createRandom(seed);
  const bins = Uint8Array.from(probabilities, (p) => binOf(p, RELIABILITY_BINS));
  const gaps = new Float64Array(RELIABILITY_BINS);
  const errors = new Float64Array(DRAWS);
  for (let draw = 0; draw < DRAWS; draw++) {
    gaps.fill(0);
    for (let i = 0; i < count; i++) {
      const p = probabilities[i];
      gaps[bins[i]] += random.next() < p ? p - 1 : p;
    }
    errors[draw] = gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / count;
  }
  const mean = errors.reduce((sum, error) => sum + error, 0) / DRAWS;
  errors.sort();
  const place = Math.min(DRAWS, Math.ceil((DRAWS + 1) * level)) - 1;
  return { mean, high: errors[place], level };
}
