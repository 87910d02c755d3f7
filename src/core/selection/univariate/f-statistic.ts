import type { Floats } from '../../vector.ts';
import type { ClassMoments } from './class-moments.ts';
import { addToClassMoments, createClassMoments, sumsOfSquares } from './class-moments.ts';
import { requireMatrix } from '../require-matrix.ts';
import { fTail } from './tail-probability.ts';

/** One score a feature, and how likely one as high is where the feature has nothing to do with the label. */
export interface TestedScores {
  /** Length dim, higher is better; NaN for a constant feature. */
  readonly scores: Float64Array;
  /** Length dim, from 0 to 1; NaN where the score is. */
  readonly pValues: Float64Array;
}

/**
 * Fisher's one-way analysis of variance of each feature over the classes, as scikit-learn's `f_classif`: the mean square
 * between classes over the one within. A feature constant within every class but not over all scores Infinity.
 * @param features row-major, shape [count, dim], finite
 * @param labels any whole numbers, one a row
 * @throws RangeError for wrong lengths, a NaN or Infinity, fewer than two classes, or no more rows than classes
 * O(count·dim), one pass over the features.
 */
export function fStatistic(
  features: Floats,
  labels: ArrayLike<number>,
  { count, dim }: { readonly count: number; readonly dim: number },
): TestedScores {
  requireMatrix(features, labels, count, dim);
  const moments = createClassMoments(dim);
  addToClassMoments(moments, features, labels);
  return fFromMoments(moments);
}

/** `fStatistic` of all rows that the moments took in. @throws RangeError for too few classes or rows */
export function fFromMoments(moments: ClassMoments): TestedScores {
  const classes = moments.classes.size;
  if (classes < 2) throw new RangeError(`expected at least 2 classes, got ${classes}`);
  const { count, within, between } = sumsOfSquares(moments);
  if (count <= classes) {
    throw new RangeError(`expected more rows than the ${classes} classes, got ${count}`);
  }
  const scores = between.map((sum, column) => sum / (classes - 1) / (within[column] / (count - classes)));
  return { scores, pValues: scores.map((score) => fTail(score, classes - 1, count - classes)) };
}
