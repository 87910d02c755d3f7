import type { Floats } from '../../vector.ts';

/** Rows moved at a time: a line of the cache holds as many numbers of a column. */
export const BLOCK_ROWS = 8;

export interface ColumnSlice {
  readonly count: number;
  readonly dim: number;
  /** First column and the one past the last. */
  readonly from: number;
  readonly to: number;
}

/**
 * @param features row-major, shape [count, dim]
 * @returns column-major copy of some columns, shape [to − from, count], in the precision of the features
 */
export function transpose(features: Floats, { count, dim, from, to }: ColumnSlice): Floats {
  const length = (to - from) * count;
  const columns = features instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  for (let first = 0; first < count; first += BLOCK_ROWS) {
    const last = Math.min(first + BLOCK_ROWS, count);
    for (let column = from; column < to; column++) {
      const offset = (column - from) * count;
      for (let row = first; row < last; row++) columns[offset + row] = features[row * dim + column];
    }
  }
  return columns;
}
