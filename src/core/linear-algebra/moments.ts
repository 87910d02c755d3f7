import type { Floats } from '../vector.ts';
import { rowCount } from '../vector.ts';
import { columnSums, crossScatter } from './kernels/fast-products.ts';

/** Mean and scatter of rows that come in shards: plain data, mergeable. Holds 8·dim² bytes. */
export interface ScatterMoments {
  count: number;
  /** Length dim. */
  readonly mean: Float64Array;
  /** Σ (x − mean)(x − mean)ᵀ: row-major, shape [dim, dim], symmetric up to rounding. */
  readonly scatter: Float64Array;
}

/** The same of paired rows. */
export interface CrossMoments {
  count: number;
  /** Length dim each. */
  readonly meanX: Float64Array;
  readonly meanY: Float64Array;
  /** Σ (x − meanX)(y − meanY)ᵀ: row-major, shape [dim, dim]; entry (i, j) belongs to coordinate i of x and j of y. */
  readonly scatter: Float64Array;
}

/** @throws RangeError unless dim is a whole number of at least 1 */
export function createScatterMoments(dim: number): ScatterMoments {
  rowCount([], dim);
  return { count: 0, mean: new Float64Array(dim), scatter: new Float64Array(dim * dim) };
}

/**
 * Take in more rows, in place. They are centred by their own mean and joined to what was there by the pairwise formula, so
 * that neither a large mean nor the way of sharding costs digits.
 * @param rows row-major, shape [any, dim], finite; none change nothing
 * @throws RangeError for a broken row, a NaN or an Infinity, naming its column; nothing is added then
 * O(rows·dim² + dim²): many rows at once are cheaper. Source: Chan, Golub and LeVeque 1983, The American Statistician 37(3),
 * equation 1.5b.
 */
export function addToScatterMoments(moments: ScatterMoments, rows: Floats): void {
  const dim = moments.mean.length;
  const count = rowCount(rows, dim);
  if (count === 0) return;
  const mean = finiteMeans(rows, dim, count);
  joinScatter(moments, { count, mean, scatter: crossScatter(rows, rows, dim, mean, mean) });
}

/** The moments of the rows of both, in a new object; neither argument is touched. @throws RangeError when the widths differ */
export function mergeScatterMoments(a: ScatterMoments, b: ScatterMoments): ScatterMoments {
  const merged = createScatterMoments(a.mean.length);
  joinScatter(merged, a);
  joinScatter(merged, b);
  return merged;
}

function joinScatter(into: ScatterMoments, { count, mean, scatter }: ScatterMoments): void {
  const both = { count: into.count, meanX: into.mean, meanY: into.mean, scatter: into.scatter };
  joinMoments(both, { count, meanX: mean, meanY: mean, scatter });
  into.count = both.count;
}

/** @throws RangeError unless dim is a whole number of at least 1 */
export function createCrossMoments(dim: number): CrossMoments {
  rowCount([], dim);
  return {
    count: 0,
    meanX: new Float64Array(dim),
    meanY: new Float64Array(dim),
    scatter: new Float64Array(dim * dim),
  };
}

/**
 * Take in more pairs, in place, as `addToScatterMoments` does.
 * @param x row-major, shape [any, dim], finite
 * @param y same shape; row i belongs to row i of x
 * @throws RangeError for unequal lengths, a broken row, a NaN or an Infinity; nothing is added then
 */
export function addToCrossMoments(moments: CrossMoments, x: Floats, y: Floats): void {
  const dim = moments.meanX.length;
  const count = rowCount(x, dim);
  if (y.length !== x.length) {
    throw new RangeError(`expected two matrices of one shape, got ${x.length} and ${y.length} elements`);
  }
  if (count === 0) return;
  const meanX = finiteMeans(x, dim, count);
  const meanY = finiteMeans(y, dim, count);
  joinMoments(moments, { count, meanX, meanY, scatter: crossScatter(x, y, dim, meanX, meanY) });
}

/** The moments of the pairs of both, in a new object; neither argument is touched. @throws RangeError when the widths differ */
export function mergeCrossMoments(a: CrossMoments, b: CrossMoments): CrossMoments {
  const merged = createCrossMoments(a.meanX.length);
  joinMoments(merged, a);
  joinMoments(merged, b);
  return merged;
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

/** S = Sa + Sb + (na·nb/n)·(difference of x means)(difference of y means)ᵀ. `meanX` and `meanY` may be one array. */
function joinMoments(into: CrossMoments, added: CrossMoments): void {
  const dim = into.meanX.length;
  if (added.meanX.length !== dim) {
    throw new RangeError(`expected moments of ${dim} columns, got ${added.meanX.length}`);
  }
  if (added.count === 0) return;
  const count = into.count + added.count;
  const share = added.count / count;
  const weight = into.count * share;
  const shiftX = added.meanX.map((mean, i) => mean - into.meanX[i]);
  const shiftY = added.meanY.map((mean, i) => mean - into.meanY[i]);
  const { meanX, meanY, scatter } = into;
  for (let i = 0, at = 0; i < dim; i++) {
    const scaled = weight * shiftX[i];
    for (let j = 0; j < dim; j++, at++) scatter[at] += added.scatter[at] + scaled * shiftY[j];
  }
  for (let i = 0; i < dim; i++) meanX[i] += shiftX[i] * share;
  if (meanY !== meanX) for (let i = 0; i < dim; i++) meanY[i] += shiftY[i] * share;
  into.count = count;
}
