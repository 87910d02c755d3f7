import { afterEach, describe, expect, it, vi } from 'vitest';
import { columnSums, crossScatter } from '../../../src/core/linear-algebra/kernels/fast-products.ts';
import {
  applyReflectors,
  tridiagonalForm,
} from '../../../src/core/linear-algebra/kernels/fast-tridiagonal.ts';
import { scoreBlocks } from '../../../src/core/linear-algebra/kernels/score-blocks.ts';
import { linearKernels } from '../../../src/core/linear-algebra/kernels/load.ts';
import { plainScore } from '../../../src/core/linear-algebra/plain-scores.ts';
import { plainColumnSums, plainCrossScatter } from '../../../src/core/linear-algebra/plain-products.ts';
import {
  plainApplyReflectors,
  plainTridiagonalForm,
} from '../../../src/core/linear-algebra/tridiagonal-form.ts';
import type { Floats } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

/** The two add up in different orders: a few roundings of the largest entry. */
const ROUNDING = 1e-13;

function expectClose(actual: Floats, expected: Floats, tolerance = ROUNDING): void {
  expect(actual.length).toBe(expected.length);
  let largest = 0;
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
  }
  expect(worst).toBeLessThanOrEqual(tolerance * largest);
}

function symmetric(size: number, seed: number): Float64Array {
  const matrix = gaussians(size * size, seed);
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) matrix[i * size + j] = matrix[j * size + i];
  return matrix;
}

describe('the WebAssembly kernels', () => {
  it('load here', () => {
    expect(linearKernels()).not.toBeNull();
  });

  // Counts around the panels of four rows and eight columns, and the blocks of 64 rows.
  it.each([
    [1, 1, 1],
    [3, 5, 7],
    [50, 4, 8],
    [17, 65, 9],
    [128, 130, 63],
  ])(
    'score as the plain loop does, to the bit: dim %i, %i rows, %i columns',
    (dim, rowCount, columnCount) => {
      const rows = Float32Array.from(gaussians(rowCount * dim, dim));
      const columns = Float32Array.from(gaussians(columnCount * dim, dim + 1));
      const expected = Array.from({ length: rowCount }, (_, row) =>
        Array.from({ length: columnCount }, (_, column) => plainScore(rows, row, columns, column, dim)),
      );
      // A second time: nothing of the first may be left in the memory.
      for (const round of [1, 2]) {
        const seen: number[][] = [];
        scoreBlocks(rows, columns, dim, ({ scores, stride, firstRow, rowCount: count }) => {
          expect(firstRow).toBe(seen.length);
          for (let row = 0; row < count; row++) {
            seen.push([...scores.subarray(row * stride, row * stride + columnCount)]);
          }
        });
        expect(seen, `round ${round}`).toEqual(expected);
      }
    },
  );

  // Dims around the panels of four and the halves of Strassen's scheme, counts around its blocks of 250 and 500 rows.
  it.each([
    [1, 1],
    [1, 5],
    [3, 4],
    [7, 251],
    [16, 250],
    [50, 499],
    [127, 510],
    [128, 500],
    [130, 1003],
    [133, 1000],
  ])('multiply as the plain loops do: dim %i, %i rows', (dim, count) => {
    const x = gaussians(count * dim, dim);
    const y = gaussians(count * dim, dim + 1000).map((value, i) => value + 0.5 * x[i]);
    const meanX = gaussians(dim, 1);
    const meanY = gaussians(dim, 2);
    for (const convert of [(rows: Float64Array) => rows, (rows: Float64Array) => Float32Array.from(rows)]) {
      const [left, right] = [convert(x), convert(y)];
      expectClose(
        crossScatter(left, right, dim, meanX, meanY),
        plainCrossScatter(left, right, dim, meanX, meanY),
      );
      expectClose(crossScatter(left, y, dim, meanX, meanY), plainCrossScatter(left, y, dim, meanX, meanY));
      const scatter = crossScatter(left, left, dim, meanX, meanX);
      expectClose(scatter, plainCrossScatter(left, left, dim, meanX, meanX));
      for (let i = 0; i < dim; i++) expect(scatter[i * dim]).toBe(scatter[i]);
      expect(columnSums(left, dim)).toEqual(plainColumnSums(left, dim));
    }
  });

  it('leave nothing behind for the next call', () => {
    const mean = new Float64Array(130);
    const x = gaussians(130 * 600, 3);
    const y = gaussians(130 * 600, 4);
    const first = crossScatter(x, y, 130, mean, mean);
    crossScatter(
      gaussians(133 * 500, 5).fill(1e30),
      gaussians(133 * 500, 6),
      133,
      new Float64Array(133),
      new Float64Array(133),
    );
    tridiagonalForm(symmetric(200, 7), 200);
    expect(crossScatter(x, y, 130, mean, mean)).toEqual(first);
  });

  it('reduce to tridiagonal form as the plain loops do', () => {
    for (const size of [1, 2, 3, 4, 5, 12, 63, 100]) {
      const matrix = symmetric(size, size);
      const ours = tridiagonalForm(matrix, size);
      const plain = plainTridiagonalForm(matrix, size);
      // Rounding grows with the number of steps, and T is not unique to the last digits.
      expectClose(ours.diagonal, plain.diagonal, 1e-11);
      expectClose(ours.offDiagonal, plain.offDiagonal, 1e-11);
      const vectors = gaussians(3 * size, 8);
      const plainVectors = vectors.slice();
      applyReflectors(plain, vectors);
      plainApplyReflectors(plain, plainVectors);
      expectClose(vectors, plainVectors);
    }
    expect(tridiagonalForm(new Float64Array(9), 3).tau).toEqual(new Float64Array(3));
  });
});

describe('without WebAssembly', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it.each([
    ['it is missing', undefined],
    ['it knows no SIMD', { validate: () => false, Module: Object, Instance: Object }],
  ])('the plain loops take over: %s', async (_, api) => {
    vi.stubGlobal('WebAssembly', api);
    vi.resetModules();
    const products = await import('../../../src/core/linear-algebra/kernels/fast-products.ts');
    const { symmetricEigen } = await import('../../../src/core/linear-algebra/symmetric-eigen.ts');
    const x = gaussians(40, 9);
    const mean = new Float64Array(4);
    expect(products.crossScatter(x, x, 4, mean, mean)).toEqual(plainCrossScatter(x, x, 4, mean, mean));
    expect(products.columnSums(x, 4)).toEqual(plainColumnSums(x, 4));
    expect(symmetricEigen(Float64Array.of(2, 1, 1, 2), 2).values[0]).toBeCloseTo(3, 14);
  });
});
