import type { Floats } from '../../vector.ts';
import type { ClassSums } from './class-sums.ts';
import { addToClassSums, createClassSums } from './class-sums.ts';
import type { TestedScores } from './f-statistic.ts';
import { requireMatrix } from '../require-matrix.ts';
import { chiSquareTail } from './tail-probability.ts';

export interface ChiSquareScores extends TestedScores {
  /** Whether the columns were min-max scaled to [0, 1] first, because some feature is negative. */
  readonly scaled: boolean;
}

/**
 * Pearson's chi-square of each feature, taken as a frequency, over the classes, as scikit-learn's `chi2`. With a negative
 * value anywhere, every column is first scaled to [0, 1] by its minimum and maximum, as `MinMaxScaler` does.
 * @param features row-major, shape [count, dim], finite
 * @param labels any whole numbers, one a row
 * @returns NaN for a feature that is 0 in every row (after scaling: a constant one)
 * @throws RangeError for wrong lengths, a NaN or Infinity, or fewer than two classes
 * O(count·dim), one pass over the features: the scaling is applied to the sums.
 */
export function chiSquare(
  features: Floats,
  labels: ArrayLike<number>,
  { count, dim }: { readonly count: number; readonly dim: number },
): ChiSquareScores {
  requireMatrix(features, labels, count, dim);
  const sums = createClassSums(dim);
  addToClassSums(sums, features, labels);
  return chiSquareFromSums(sums);
}

/** `chiSquare` of all rows that the sums took in. @throws RangeError for fewer than two classes */
export function chiSquareFromSums(sums: ClassSums): ChiSquareScores {
  const { dim, origin, ranges } = sums;
  const groups = [...sums.classes.values()];
  if (groups.length < 2 || origin === null) {
    throw new RangeError(`expected at least 2 classes, got ${groups.length}`);
  }
  const scaled = ranges.minima.some((low) => low < 0);
  const count = groups.reduce((total, group) => total + group.count, 0);
  const observed = new Float64Array(groups.length);
  const scores = new Float64Array(dim);
  for (let column = 0; column < dim; column++) {
    const low = scaled ? ranges.minima[column] : 0;
    const range = scaled ? ranges.maxima[column] - low || 1 : 1;
    let total = 0;
    for (let i = 0; i < groups.length; i++) {
      observed[i] = (groups[i].sums[column] + groups[i].count * (origin[column] - low)) / range;
      total += observed[i];
    }
    for (let i = 0; i < groups.length; i++) {
      const expected = (groups[i].count / count) * total;
      const difference = observed[i] - expected;
      scores[column] += (difference * difference) / expected;
    }
  }
  return { scores, pValues: scores.map((score) => chiSquareTail(score, groups.length - 1)), scaled };
}
