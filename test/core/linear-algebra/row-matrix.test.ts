import { describe, expect, it } from 'vitest';
import { rowMatrix } from '../../../src/core/linear-algebra/kernels/fast-rows.ts';
import type { RowMatrix } from '../../../src/core/linear-algebra/row-matrix.ts';
import { plainRowMatrix } from '../../../src/core/linear-algebra/row-matrix.ts';
import type { Floats } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

/** A matrix with the column of ones that a `RowMatrix` has behind its own. */
function withOnes(features: Floats, count: number, columns: readonly number[], dim: number): number[][] {
  return Array.from({ length: count }, (_, row) => [...columns.map((j) => features[row * dim + j]), 1]);
}

function expectClose(actual: Float64Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  // Sums of up to 300 terms of size 1 in another order.
  expected.forEach((value, i) => expect(Math.abs(actual[i] - value)).toBeLessThan(1e-11));
}

/** Every product against its formula. */
function expectProducts(matrix: RowMatrix, rows: readonly number[][], seed: number): void {
  const { count } = matrix;
  const width = rows[0].length;
  expect([matrix.count, matrix.dim + 1]).toEqual([rows.length, width]);
  const vector = gaussians(width, seed);
  const scales = gaussians(count, seed + 1);
  const columns = [...Array(width).keys()];
  const sumOf = (term: (row: readonly number[], i: number) => number): number =>
    rows.reduce((sum, row, i) => sum + term(row, i), 0);

  const sums = new Float64Array(width).fill(1);
  matrix.addRows(scales, sums);
  expectClose(
    sums,
    columns.map((j) => 1 + sumOf((row, i) => scales[i] * row[j])),
  );

  const squares = new Float64Array(width).fill(1);
  matrix.addSquares(scales, squares);
  expectClose(
    squares,
    columns.map((j) => 1 + sumOf((row, i) => scales[i] * row[j] ** 2)),
  );

  const products = new Float64Array(count);
  const doubled = new Float64Array(count);
  const seen = new Float64Array(count);
  const both = new Float64Array(width);
  const scale = (first: number, last: number): void => {
    for (let i = first; i < last; i++) {
      seen[i]++;
      doubled[i] = 2 * products[i];
    }
  };
  matrix.multiplyAndAdd(vector, products, scale, doubled, both);
  const expected = rows.map((row) => row.reduce((sum, value, j) => sum + value * vector[j], 0));
  expectClose(products, expected);
  expect(seen.every((times) => times === 1)).toBe(true);
  expectClose(
    both,
    columns.map((j) => sumOf((row, i) => 2 * expected[i] * row[j])),
  );

  expectClose(
    matrix.scatter(scales),
    columns.flatMap((a) => columns.map((b) => sumOf((row, i) => scales[i] ** 2 * row[a] * row[b]))),
  );
}

// Widths around pairs and panels of four, counts around the blocks of 4, 8, 64 and 250 rows.
describe.each([
  [1, 1],
  [3, 2],
  [7, 5],
  [64, 12],
  [67, 8],
  [130, 9],
  [251, 11],
])('a matrix of %i rows and %i columns', (count, dim) => {
  const features = gaussians(count * dim, count);
  const kept = [...Array(dim).keys()].filter((j) => j % 5 !== 3);
  const last = kept.filter((_, at) => at % 3 !== 1);

  it.each([
    ['plain', 'float64', plainRowMatrix, features],
    ['plain', 'float32', plainRowMatrix, Float32Array.from(features)],
    ['compiled', 'float64', rowMatrix, features],
    ['compiled', 'float32', rowMatrix, Float32Array.from(features)],
  ])('gives the products of its rows, and of what is left of them: %s, %s', (_, __, create, data) => {
    const before = data.slice();
    const matrix = create(data, count, dim);
    expectProducts(matrix, withOnes(data, count, [...Array(dim).keys()], dim), 1);
    // First a few columns, which stay in place, then more, which do not.
    matrix.keepColumns(Uint32Array.from(kept));
    expectProducts(matrix, withOnes(data, count, kept, dim), 2);
    matrix.keepColumns(Uint32Array.from(last, (j) => kept.indexOf(j)));
    expectProducts(matrix, withOnes(data, count, last, dim), 3);
    expect(data).toEqual(before);
  });
});

it('gives a row the same product wherever it stands', () => {
  const row = gaussians(11, 5);
  const matrix = rowMatrix(
    Float64Array.from({ length: 11 * 7 }, (_, at) => row[at % 11]),
    7,
    11,
  );
  const products = new Float64Array(7);
  matrix.multiplyAndAdd(
    gaussians(12, 6),
    products,
    () => undefined,
    new Float64Array(7),
    new Float64Array(12),
  );
  expect(new Set(products).size).toBe(1);
});
