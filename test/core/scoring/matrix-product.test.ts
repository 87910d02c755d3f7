import { describe, expect, it } from 'vitest';
import { loadProductKernels } from '../../../scripts/scoring/product-kernels.ts';
import { createRandom } from '../../../src/core/random.ts';
import { readProductKernels } from '../../../src/core/scoring/kernels/product-kernels.ts';
import { matrixProduct } from '../../../src/core/scoring/matrix-product.ts';
import { dot } from '../../../src/core/vector.ts';

const random = createRandom(11);
const rows = (count: number, dim: number): Float32Array[] =>
  Array.from({ length: count }, () => Float32Array.from({ length: dim }, () => random.nextGaussian()));

/** Bit for bit: toEqual tells 0 from -0 too. */
const byDot = (a: readonly Float32Array[], b: readonly Float32Array[]): number[] =>
  a.flatMap((row) => b.map((column) => dot(row, 0, column, 0, row.length)));

describe('matrixProduct', () => {
  const kernels = loadProductKernels();
  let calls = 0;
  const counted = {
    memory: kernels.memory,
    multiply: (...args: Parameters<typeof kernels.multiply>): void => {
      calls++;
      kernels.multiply(...args);
    },
  };

  it('is dot of every pair at every dim up to 70, at odd and even counts, in SIMD and in plain code', () => {
    for (let dim = 1; dim <= 70; dim++) {
      const a = rows(5 + (dim % 8), dim);
      const b = rows(9 + (dim % 5), dim);
      const expected = byDot(a, b);
      expect([...matrixProduct(a, b, kernels)], `dim ${dim}`).toEqual(expected);
      expect([...matrixProduct(a, b, null)], `dim ${dim}`).toEqual(expected);
    }
  });

  it.each([
    { what: 'more rows than a tile', a: 150, b: 3, dim: 16 },
    { what: 'more columns than a tile', a: 2, b: 1030, dim: 5 },
    { what: 'tiles bounded by their bytes', a: 11, b: 70, dim: 1500 },
    { what: 'the longest rows that fit', a: 5, b: 19, dim: 8192 },
  ])('crosses the edges of its tiles: $what', ({ a: aCount, b: bCount, dim }) => {
    const a = rows(aCount, dim);
    const b = rows(bCount, dim);
    calls = 0;
    expect([...matrixProduct(a, b, counted)]).toEqual(byDot(a, b));
    expect(calls).toBeGreaterThan(0);
  });

  it('leaves few multiplications and rows too long for a tile to plain code, with the same products', () => {
    calls = 0;
    for (const [count, dim] of [
      [1, 512],
      [2, 50],
      [3, 8193],
    ]) {
      const a = rows(count, dim);
      expect([...matrixProduct(a, a, counted)]).toEqual(byDot(a, a));
    }
    expect(calls).toBe(0);
  });

  it('leaves nothing of one product in the next, smaller one', () => {
    matrixProduct(rows(60, 300), rows(60, 300), kernels);
    const a = rows(7, 30);
    const b = rows(11, 30);
    expect([...matrixProduct(a, b, kernels)]).toEqual(byDot(a, b));
  });

  it('keeps infinities and NaN where they are', () => {
    const a = rows(8, 33);
    const b = rows(8, 33);
    a[2][32] = Infinity;
    b[5][1] = NaN;
    expect([...matrixProduct(a, b, kernels)]).toEqual(byDot(a, b));
  });

  it('takes float64 rows, as weighted fusion has them', () => {
    const a = Array.from({ length: 9 }, () => Float64Array.from({ length: 50 }, () => random.nextGaussian()));
    const b = rows(9, 50);
    const expected = a.flatMap((row) => b.map((column) => dot(row, 0, column, 0, 50)));
    expect([...matrixProduct(a, b, kernels)]).toEqual(expected);
  });

  it('is empty where a side is', () => {
    expect(matrixProduct([], rows(3, 2), kernels)).toHaveLength(0);
    expect(matrixProduct(rows(3, 2), [], kernels)).toHaveLength(0);
  });
});

describe('readProductKernels', () => {
  it('refuses the exports of another module', () => {
    expect(() => readProductKernels({ scan: () => 0 })).toThrow(
      'expected memory and multiply of product-kernels.wasm, got scan',
    );
  });
});
