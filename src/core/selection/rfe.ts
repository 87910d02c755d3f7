import type { Floats } from '../vector.ts';
import { assertPositive } from './l1-logistic.ts';
import { binaryInput } from './logistic-regression-input.ts';
import { minimizeL2 } from './logistic-regression.ts';

export interface RfeOptions {
  readonly count: number;
  readonly dim: number;
  /** Features to leave out at a time: a whole number from 1, or a share of all features in (0, 1). */
  readonly step: number;
  /** Features at which to stop eliminating, from 1 to dim. */
  readonly downTo: number;
  /** Weight of the log loss against the penalty, > 0: scikit-learn's `C`. Default 1. */
  readonly c?: number;
}

export interface RfeResult {
  /** All features, best first. */
  readonly order: Uint32Array;
  /** Fits made. */
  readonly fits: number;
}

export function rfe(features: Floats, labels: ArrayLike<number>, options: RfeOptions): RfeResult {
  const { count, dim, downTo, c = 1 } = options;
  const step = stepCount(options);
  assertPositive('c', c);
  const { targets } = binaryInput(features, labels, options);
  let rows: Float64Array = Float64Array.from(features);
  const order = new Uint32Array(dim);
  let parameters: Float64Array = new Float64Array(dim + 1);
  let kept = Uint32Array.from({ length: dim }, (_, j) => j);
  let fits = 0;
  for (;;) {
    const left = kept.length;
    minimizeL2({ rows, targets, count, dim: left, c }, parameters);
    fits++;
    const ranked = byImportance(parameters, left);
    const remaining = Math.max(downTo, left - step);
    ranked.forEach((at, rank) => (order[rank] = kept[at]));
    if (remaining === left) return { order, fits };
    const stay = ranked.slice(0, remaining).sort();
    rows = keepColumns(rows, count, left, stay);
    kept = stay.map((at) => kept[at]);
    parameters = Float64Array.from([...stay, left], (at) => parameters[at]);
  }
}

function byImportance(parameters: Float64Array, left: number): Uint32Array {
  const squares = Float64Array.from(parameters.subarray(0, left), (w) => w * w);
  return Uint32Array.from({ length: left }, (_, j) => j).sort((a, b) => squares[b] - squares[a] || b - a);
}

function keepColumns(rows: Float64Array, count: number, dim: number, stay: Uint32Array): Float64Array {
  const kept = new Float64Array(count * stay.length);
  for (let row = 0, at = 0; row < count; row++) {
    for (const j of stay) kept[at++] = rows[row * dim + j];
  }
  return kept;
}

function stepCount({ step, dim, downTo }: RfeOptions): number {
  if (!Number.isInteger(downTo) || downTo < 1 || downTo > dim) {
    throw new RangeError(`expected to end at 1 to ${dim} features, got ${downTo}`);
  }
  if (step > 0 && step < 1) return Math.max(1, Math.floor(step * dim));
  if (Number.isInteger(step) && step >= 1) return step;
  throw new RangeError(`expected a step of at least 1 feature, or a share in (0, 1), got ${step}`);
}
