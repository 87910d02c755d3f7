import type { Floats } from '../vector.ts';
import { plainCrossScatter } from './plain-products.ts';

/**
 * A matrix whose rows are multiplied again and again, kept where that is fast. Every row has a 1 behind its last column:
 * vectors are one longer than `dim`.
 */
export interface RowMatrix {
  readonly count: number;
  /** Columns that are left. */
  readonly dim: number;
  /** sums += Σ scales[row]·(row, 1) */
  addRows(scales: Float64Array, sums: Float64Array): void;
  /**
   * products[row] = (row, 1) · vector, and then `addRows`, reading every row once: between the two, `scale` sees the
   * products of the rows from `first` to `last` and sets their scales.
   */
  multiplyAndAdd(
    vector: Float64Array,
    products: Float64Array,
    scale: (first: number, last: number) => void,
    scales: Float64Array,
    sums: Float64Array,
  ): void;
  /** sums += Σ scales[row]·(row, 1), every element squared. */
  addSquares(scales: Float64Array, sums: Float64Array): void;
  /** @returns Σ scales[row]²·(row, 1)(row, 1)ᵀ, row-major, shape [dim + 1, dim + 1] */
  scatter(scales: Float64Array): Float64Array;
  /** Leave out all columns but these. @param stay ascending */
  keepColumns(stay: Uint32Array): void;
}

/** Rows that go through the cache together: each element of a vector is then loaded once for four rows. */
const BLOCK = 4;

/**
 * A `RowMatrix` in plain TypeScript: what the WebAssembly one is tested against, and what runs where there is none.
 * @param features row-major, shape [count, dim]; copied
 * About 0.7 ns an element of `multiplyAndAdd` on one core of an EPYC.
 */
export function plainRowMatrix(features: Floats, count: number, columns: number): RowMatrix {
  const rows = features.slice();
  let dim = columns;
  return {
    count,
    get dim() {
      return dim;
    },
    addRows(scales, sums) {
      for (let first = 0; first < count; first += BLOCK) {
        addRows(rows, first, Math.min(count, first + BLOCK), dim, scales, sums);
      }
    },
    multiplyAndAdd(vector, products, scale, scales, sums) {
      for (let first = 0; first < count; first += BLOCK) {
        const last = Math.min(count, first + BLOCK);
        multiplyRows(rows, first, last, dim, vector, products);
        scale(first, last);
        addRows(rows, first, last, dim, scales, sums);
      }
    },
    addSquares(scales, sums) {
      for (let row = 0, at = 0; row < count; row++) {
        for (let j = 0; j < dim; j++, at++) sums[j] += scales[row] * rows[at] * rows[at];
        sums[dim] += scales[row];
      }
    },
    scatter(scales) {
      const width = dim + 1;
      const scaled = new Float64Array(count * width);
      for (let row = 0, at = 0; row < count; row++) {
        for (let j = 0; j < dim; j++, at++) scaled[at] = scales[row] * rows[row * dim + j];
        scaled[at++] = scales[row];
      }
      const zeros = new Float64Array(width);
      return plainCrossScatter(scaled, scaled, width, zeros, zeros);
    },
    keepColumns(stay) {
      const left = stay.length;
      for (let row = 0; row < count; row++) {
        for (let j = 0; j < left; j++) rows[row * left + j] = rows[row * dim + stay[j]];
      }
      dim = left;
    },
  };
}

function multiplyRows(
  rows: Floats,
  first: number,
  last: number,
  dim: number,
  vector: Float64Array,
  products: Float64Array,
): void {
  const bias = vector[dim];
  if (last - first === BLOCK) {
    const at0 = first * dim;
    const at1 = at0 + dim;
    const at2 = at1 + dim;
    const at3 = at2 + dim;
    let sum0 = bias;
    let sum1 = bias;
    let sum2 = bias;
    let sum3 = bias;
    for (let j = 0; j < dim; j++) {
      const v = vector[j];
      sum0 += v * rows[at0 + j];
      sum1 += v * rows[at1 + j];
      sum2 += v * rows[at2 + j];
      sum3 += v * rows[at3 + j];
    }
    products[first] = sum0;
    products[first + 1] = sum1;
    products[first + 2] = sum2;
    products[first + 3] = sum3;
    return;
  }
  for (let row = first; row < last; row++) {
    let sum = bias;
    for (let j = 0; j < dim; j++) sum += vector[j] * rows[row * dim + j];
    products[row] = sum;
  }
}

function addRows(
  rows: Floats,
  first: number,
  last: number,
  dim: number,
  scales: Float64Array,
  sums: Float64Array,
): void {
  for (let row = first; row < last; row++) sums[dim] += scales[row];
  if (last - first === BLOCK) {
    const at0 = first * dim;
    const at1 = at0 + dim;
    const at2 = at1 + dim;
    const at3 = at2 + dim;
    const scale0 = scales[first];
    const scale1 = scales[first + 1];
    const scale2 = scales[first + 2];
    const scale3 = scales[first + 3];
    for (let j = 0; j < dim; j++) {
      sums[j] +=
        scale0 * rows[at0 + j] + scale1 * rows[at1 + j] + (scale2 * rows[at2 + j] + scale3 * rows[at3 + j]);
    }
    return;
  }
  for (let row = first; row < last; row++) {
    for (let j = 0; j < dim; j++) sums[j] += scales[row] * rows[row * dim + j];
  }
}
