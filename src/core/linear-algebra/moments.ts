import type { Floats } from '../vector.ts';
import { rowCount } from '../vector.ts';
import { columnSums, crossScatter } from './kernels/fast-products.ts';

/** What a matrix leaves behind when only its mean and scatter are asked for. */
export interface ScatterMoments {
  readonly count: number;
  /** Length dim. */
  readonly mean: Float64Array;
  /** Σ (x − mean)(x − mean)ᵀ: row-major, shape [dim, dim], symmetric. */
  readonly scatter: Float64Array;
}

/** The same of paired rows. */
export interface CrossMoments {
  readonly count: number;
  /** Length dim each. */
  readonly meanX: Float64Array;
  readonly meanY: Float64Array;
  /** Σ (x − meanX)(y − meanY)ᵀ: row-major, shape [dim, dim]; entry (i, j) belongs to coordinate i of x and j of y. */
  readonly scatter: Float64Array;
}

/**
 * Mean and scatter of rows that come in shards. Each shard is centred by its own mean and the moments are joined by the
 * pairwise formula, so that neither a large mean nor the way of sharding costs digits. Holds 8·dim² bytes.
 * Source: Chan, Golub & LeVeque, The American Statistician 37(3), 1983, equations 2.1.
 */
export class ScatterAccumulator {
  readonly dim: number;
  readonly #sums: Sums;

  /** @throws RangeError unless dim is a whole number of at least 1 */
  constructor(dim: number) {
    this.dim = dim;
    this.#sums = emptyMoments(dim);
  }

  get count(): number {
    return this.#sums.count;
  }

  /**
   * @param rows row-major, shape [any, dim], finite; none are no change
   * @throws RangeError for a broken row, a NaN or an Infinity; nothing is added then
   * O(rows·dim² + dim²): add many rows at once
   */
  add(rows: Floats): void {
    addShard(this.#sums, rows, rows, this.dim);
  }

  /** Take in what another accumulator has seen. @throws RangeError when it has another dim */
  merge(other: ScatterAccumulator): void {
    joinMoments(this.#sums, other.#sums);
  }

  /** A copy of what was seen so far; adding may go on. @throws RangeError when no row was added */
  finish(): ScatterMoments {
    const { count, meanX, scatter } = finished(this.#sums);
    return { count, mean: meanX, scatter };
  }
}

/** Means and cross-scatter of paired rows that come in shards: as `ScatterAccumulator`, for two matrices. */
export class CrossScatterAccumulator {
  readonly dim: number;
  readonly #sums: Sums;

  /** @throws RangeError unless dim is a whole number of at least 1 */
  constructor(dim: number) {
    this.dim = dim;
    this.#sums = emptyMoments(dim);
  }

  get count(): number {
    return this.#sums.count;
  }

  /**
   * @param x row-major, shape [any, dim], finite
   * @param y same shape; row i belongs to row i of x
   * @throws RangeError for unequal lengths, a broken row, a NaN or an Infinity; nothing is added then
   */
  add(x: Floats, y: Floats): void {
    addShard(this.#sums, x, y, this.dim);
  }

  /** Take in what another accumulator has seen. @throws RangeError when it has another dim */
  merge(other: CrossScatterAccumulator): void {
    joinMoments(this.#sums, other.#sums);
  }

  /** A copy of what was seen so far; adding may go on. @throws RangeError when no row was added */
  finish(): CrossMoments {
    return finished(this.#sums);
  }
}

type Sums = { -readonly [K in keyof CrossMoments]: CrossMoments[K] };

function emptyMoments(dim: number): Sums {
  if (!Number.isInteger(dim) || dim < 1) throw new RangeError(`expected at least 1 dimension, got ${dim}`);
  return {
    count: 0,
    meanX: new Float64Array(dim),
    meanY: new Float64Array(dim),
    scatter: new Float64Array(dim * dim),
  };
}

function finished({ count, meanX, meanY, scatter }: CrossMoments): CrossMoments {
  if (count === 0) throw new RangeError('expected at least one row, got none');
  return { count, meanX: meanX.slice(), meanY: meanY.slice(), scatter: scatter.slice() };
}

function addShard(sums: Sums, x: Floats, y: Floats, dim: number): void {
  const count = rowCount(x, dim);
  if (y.length !== x.length) {
    throw new RangeError(`expected two matrices of one shape, got ${x.length} and ${y.length} elements`);
  }
  if (count === 0) return;
  const meanX = finiteMeans(x, dim, count);
  const meanY = y === x ? meanX : finiteMeans(y, dim, count);
  joinMoments(sums, { count, meanX, meanY, scatter: crossScatter(x, y, dim, meanX, meanY) });
}

/** A NaN or Infinity anywhere in a column shows in its sum, so no second pass looks for it. */
function finiteMeans(rows: Floats, dim: number, count: number): Float64Array {
  const means = columnSums(rows, dim);
  for (let column = 0; column < dim; column++) {
    if (!Number.isFinite(means[column])) {
      throw new RangeError(`expected finite numbers, got a sum of ${means[column]} in column ${column}`);
    }
    means[column] /= count;
  }
  return means;
}

/** S = Sa + Sb + (na·nb/n)·(difference of x means)(difference of y means)ᵀ, into `sums`. */
function joinMoments(sums: Sums, added: CrossMoments): void {
  const dim = sums.meanX.length;
  if (added.meanX.length !== dim) {
    throw new RangeError(`expected moments of ${dim} dimensions, got ${added.meanX.length}`);
  }
  if (added.count === 0) return;
  const count = sums.count + added.count;
  const weight = (sums.count / count) * added.count;
  const shiftX = added.meanX.map((mean, i) => mean - sums.meanX[i]);
  const shiftY = added.meanY.map((mean, i) => mean - sums.meanY[i]);
  const { scatter } = sums;
  for (let i = 0, at = 0; i < dim; i++) {
    const scaled = weight * shiftX[i];
    for (let j = 0; j < dim; j++, at++) scatter[at] += added.scatter[at] + scaled * shiftY[j];
  }
  for (let i = 0; i < dim; i++) {
    sums.meanX[i] += shiftX[i] * (added.count / count);
    sums.meanY[i] += shiftY[i] * (added.count / count);
  }
  sums.count = count;
}
