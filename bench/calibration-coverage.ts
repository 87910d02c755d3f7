import { probabilityInterval } from '../src/core/calibration/calibration.ts';
import { sigmoid } from '../src/core/calibration/log-odds.ts';
import { fitPlatt } from '../src/core/calibration/platt-scaling.ts';
import { fitIsotonic } from '../src/core/fitting/isotonic-calibration.ts';
import { fitPlattWithInterval } from '../src/core/fitting/platt-calibration.ts';
import { createRandom } from '../src/core/random.ts';
import type { IsotonicFit, PlattFit } from '../src/core/scoring/selection-model.ts';
import { type BenchRow, benchRow, limitRow, spreadOf } from './measure.ts';

const REPETITIONS = 300;
const COUNTS = [40, 100, 400, 1600];
/** Quantiles of the scores at which an interval is looked at: from the first to the last of a hundred. */
const PLACES = 21;
/** Of 95%, at the worst place, may be missed; two deviations of 300 repetitions more are noise. */
const MOST_MISSED = 0.07;

interface Shape {
  readonly name: string;
  /** Scores are normal with deviation 1, every other one this much higher. */
  readonly gap: number;
  readonly probability: (score: number) => number;
  /** Whether Platt's form can be right. */
  readonly isLogistic: boolean;
}

const logistic = (gap: number): Shape => ({
  name: `classes ${gap} deviations apart`,
  gap,
  // The log-odds of two normals of one deviation are linear in the score.
  probability: (score) => sigmoid(gap * score - (gap * gap) / 2),
  isLogistic: true,
});

const SHAPES: readonly Shape[] = [
  logistic(1),
  logistic(2),
  logistic(4),
  {
    name: 'a step from .3 to .95',
    gap: 2,
    probability: (score) => (score < 0.5 ? 0.3 : 0.95),
    isLogistic: false,
  },
  { name: 'scores that tell nothing', gap: 2, probability: () => 0.5, isLogistic: false },
];

type Fit = (scores: Float64Array, labels: Uint8Array) => PlattFit | IsotonicFit;

const BASE = { baseRate: 0.5, matchThreshold: 1, mismatchThreshold: 0 };

/**
 * How often "95%" intervals miss the probability that made the labels, at the worst of 21 places across the scores, by the number of
 * scores and the shape of the truth; Platt's beside the delta method, which it had before.
 */
export function benchCoverage(tell: (line: string) => void): BenchRow[] {
  return SHAPES.flatMap((shape) => {
    tell(shape.name);
    return COUNTS.flatMap((count) => {
      const name = `${shape.name}, ${count} scores`;
      const isotonic = missedAndWidth(shape, count, fitIsotonic);
      const rows = [
        limitRow(`isotonic, ${name}`, 'most missed', 'share', spreadOf([isotonic.missed]), MOST_MISSED),
        limitRow(`isotonic, ${name}`, 'mean width', 'probability', spreadOf([isotonic.width]), null),
      ];
      if (!shape.isLogistic) return rows;
      const platt = missedAndWidth(shape, count, fitPlattWithInterval);
      const delta = missedAndWidth(shape, count, fitPlatt);
      const rival = { name: 'delta method', ...spreadOf([delta.missed]) };
      return [
        limitRow(`Platt, ${name}`, 'most missed', 'share', spreadOf([platt.missed]), MOST_MISSED),
        {
          ...benchRow(`Platt, ${name}, against before`, spreadOf([platt.missed]), rival, null),
          metric: 'most missed',
          unit: 'share',
        },
        limitRow(`Platt, ${name}`, 'mean width', 'probability', spreadOf([platt.width]), null),
        ...rows,
      ];
    });
  });
}

/** `missed` at the worst place. */
function missedAndWidth(
  { gap, probability }: Shape,
  count: number,
  fit: Fit,
): { readonly missed: number; readonly width: number } {
  const places = placesOf(gap);
  const missed = new Float64Array(places.length);
  let width = 0;
  for (let seed = 0; seed < REPETITIONS; seed++) {
    const random = createRandom(1000 * seed + count);
    const scores = Float64Array.from({ length: count }, (_, i) => random.nextGaussian() + gap * (i % 2));
    const labels = Uint8Array.from(scores, (score) => Number(random.next() < probability(score)));
    // A fit needs both classes; they are missing in next to no draw.
    labels[0] = labels.includes(0) ? labels[0] : 0;
    labels[1] = labels.includes(1) ? labels[1] : 1;
    const calibrator = { ...BASE, ...fit(scores, labels) };
    places.forEach((score, i) => {
      const truth = probability(score);
      const [low, high] = probabilityInterval(calibrator, score);
      if (truth < low || truth > high) missed[i]++;
      width += high - low;
    });
  }
  return {
    missed: Math.max(...missed) / REPETITIONS,
    width: width / (REPETITIONS * places.length),
  };
}

function placesOf(gap: number): number[] {
  const random = createRandom(9);
  const many = Float64Array.from({ length: 20_000 }, (_, i) => random.nextGaussian() + gap * (i % 2)).sort();
  return Array.from({ length: PLACES }, (_, i) => {
    const quantile = 0.01 + (0.98 * i) / (PLACES - 1);
    return many[Math.round(quantile * (many.length - 1))];
  });
}
