import type { Floats } from '../../vector.ts';
import { rowCount } from '../../vector.ts';

/** Smallest and largest value of every column, mergeable over shards. Of no rows: Infinity and −Infinity. */
export interface ColumnRanges {
  readonly minima: Float64Array;
  readonly maxima: Float64Array;
}

/** @throws RangeError unless dim is a whole number of at least 1 */
export function createColumnRanges(dim: number): ColumnRanges {
  rowCount([], dim);
  return { minima: new Float64Array(dim).fill(Infinity), maxima: new Float64Array(dim).fill(-Infinity) };
}

/**
 * Take in more rows, in place, O(count·dim).
 * @param features row-major, shape [count, dim], finite
 * @throws RangeError for a broken shape, or a NaN or Infinity, naming its column; the ranges are then of no further use
 */
export function addToColumnRanges(ranges: ColumnRanges, features: Floats): void {
  const dim = ranges.minima.length;
  rowCount(features, dim);
  for (let at = 0; at < features.length; at += dim) addRow(ranges, features, at);
  requireFiniteRanges(ranges);
}

/** NaN stays in both ends, as Math.min and Math.max have it. */
function addRow({ minima, maxima }: ColumnRanges, features: Floats, at: number): void {
  for (let column = 0; column < minima.length; column++) {
    const value = features[at + column];
    minima[column] = Math.min(minima[column], value);
    maxima[column] = Math.max(maxima[column], value);
  }
}

/** @throws RangeError naming the first column that held a NaN or Infinity; ranges of no rows pass */
export function requireFiniteRanges({ minima, maxima }: ColumnRanges): void {
  // Only rows never seen leave a minimum above its maximum.
  const column = minima.findIndex(
    (low, i) => !(low > maxima[i]) && !(Number.isFinite(low) && Number.isFinite(maxima[i])),
  );
  if (column >= 0) throw new RangeError(`expected finite features, got others in column ${column}`);
}

/** The ranges over the rows of both, in a new object. @throws RangeError when the widths differ */
export function mergeColumnRanges(a: ColumnRanges, b: ColumnRanges): ColumnRanges {
  if (a.minima.length !== b.minima.length) {
    throw new RangeError(`expected ranges of ${a.minima.length} columns, got ${b.minima.length}`);
  }
  return {
    minima: a.minima.map((low, i) => Math.min(low, b.minima[i])),
    maxima: a.maxima.map((high, i) => Math.max(high, b.maxima[i])),
  };
}
