import type { Floats } from '../../vector.ts';
import { assertPositive } from '../logistic/l1-logistic.ts';
import { binaryInput } from '../logistic/logistic-regression-input.ts';
import { eliminate } from './rfe-elimination.ts';

export interface RfeOptions {
  readonly count: number;
  readonly dim: number;
  /** Features to leave out at a time: a whole number from 1, or a share of all features in (0, 1), rounded down. */
  readonly step: number;
  /** Features at which to stop eliminating, from 1 to dim: the smallest k whose mask is scikit-learn's. */
  readonly downTo: number;
  /** Weight of the log loss against the penalty, > 0: scikit-learn's `C`. Default 1. */
  readonly c?: number;
}

export interface RfeResult {
  /** All features, best first: the first k are what is kept at k, for every k from downTo. */
  readonly order: Uint32Array;
  /** Fits made. */
  readonly fits: number;
}

/**
 * Recursive feature elimination (Guyon et al. 2002, Machine Learning 46) on a logistic regression with an L2 penalty:
 * scikit-learn's `RFE(LogisticRegression(C=c), step=step)`. Features are left out by their squared weight; those that
 * leave together, and those left at the end, are ranked among themselves by it, of equal ones the higher index first.
 * So one run gives the nested masks of every k, each equal to that of a run that stops at k.
 * Scale the features alike before: a weight, and so a rank, depends on its feature's unit.
 * @param features row-major, shape [count, dim], finite
 * @param labels any two whole numbers, one a row
 * @throws RangeError for wrong lengths, features that are not finite, labels that are not of two classes, or a step, an
 *   end or a c outside its range
 * O(fits·count·dim) times 3 to 8 passes a fit; see `eliminate`.
 */
export function rfe(features: Floats, labels: ArrayLike<number>, options: RfeOptions): RfeResult {
  const order = new Uint32Array(options.dim);
  let fits = 0;
  eliminate(binaryInput(features, labels, options), eliminationOf(options), ({ kept, ranked }) => {
    ranked.forEach((at, rank) => (order[rank] = kept[at]));
    fits++;
  });
  return { order, fits };
}

/** @throws RangeError for a step, an end or a c outside its range */
export function eliminationOf({ step, dim, downTo, c = 1 }: Omit<RfeOptions, 'count'>): {
  readonly step: number;
  readonly downTo: number;
  readonly c: number;
} {
  assertPositive('c', c);
  if (!Number.isInteger(downTo) || downTo < 1 || downTo > dim) {
    throw new RangeError(`expected to end at 1 to ${dim} features, got ${downTo}`);
  }
  if (step > 0 && step < 1) return { step: Math.max(1, Math.floor(step * dim)), downTo, c };
  if (Number.isInteger(step) && step >= 1) return { step, downTo, c };
  throw new RangeError(`expected a step of at least 1 feature, or a share of them in (0, 1), got ${step}`);
}
