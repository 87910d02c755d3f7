import { dot } from '../vector.ts';

/** Passes over the words in use at most. */
const MAX_PASSES = 100_000;
/** A pass that moves no weight by more, of the target's length, is the last. */
const TOLERANCE = 1e-9;
/** Times that words are added to those in use at most; each adds one or more. */
const MAX_ROUNDS = 1000;

/**
 * Weights of the rows of a dictionary that sum to nearly the target, most of them 0 and none below it: they minimise
 * ‖target - Σ weight·row‖² / (2·dim) + alpha·Σ weight, as scikit-learn's `Lasso(positive=True, fit_intercept=False)`, by coordinate
 * descent over the rows in use, to which the row that wants in most is added until none does (the condition of optimality).
 * Source: Friedman, Hastie and Tibshirani 2010, sections 2.1 and 2.5.
 * @param dictionary row-major, shape [count, dim], no row all zero
 * @param target length dim
 * @param alpha above 0
 * @returns length count, each at least 0
 */
export function nonNegativeLasso(
  dictionary: Float32Array,
  target: Float64Array,
  alpha: number,
): Float64Array {
  const dim = target.length;
  const count = dictionary.length / dim;
  const weights = new Float64Array(count);
  const residual = target.slice();
  const scale = Math.sqrt(dot(target, 0, target, 0, dim));
  const penalty = alpha * dim;
  const used: number[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let best = -1;
    let most = penalty + TOLERANCE * scale;
    for (let row = 0; row < count; row++) {
      const gain = weights[row] > 0 ? 0 : dot(dictionary, row * dim, residual, 0, dim);
      if (gain > most) [best, most] = [row, gain];
    }
    if (best === -1) break;
    if (!used.includes(best)) used.push(best);
    descend(dictionary, used, weights, residual, penalty, TOLERANCE * scale);
  }
  return weights;
}

/** Coordinate descent over the rows in use; weights and residual in place. */
function descend(
  dictionary: Float32Array,
  used: readonly number[],
  weights: Float64Array,
  residual: Float64Array,
  penalty: number,
  tolerance: number,
): void {
  const dim = residual.length;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    let moved = 0;
    for (const row of used) {
      const at = row * dim;
      const square = dot(dictionary, at, dictionary, at, dim);
      const before = weights[row];
      const after = Math.max(0, before + (dot(dictionary, at, residual, 0, dim) - penalty) / square);
      const step = after - before;
      if (step === 0) continue;
      weights[row] = after;
      for (let i = 0; i < dim; i++) residual[i] -= step * dictionary[at + i];
      moved = Math.max(moved, Math.abs(step) * Math.sqrt(square));
    }
    if (moved <= tolerance) return;
  }
}
