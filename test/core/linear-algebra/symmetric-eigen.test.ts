import { describe, expect, it } from 'vitest';
import { addToScatterMoments, createScatterMoments } from '../../../src/core/linear-algebra/moments.ts';
import { symmetricEigen } from '../../../src/core/linear-algebra/symmetric-eigen.ts';
import { dot } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';
import { readFixture } from '../read-fixture.ts';
import { orthonormalityDefect, subspaceAngle } from './subspace.ts';

interface Fixture {
  readonly size: number;
  readonly matrix: number[];
  readonly values: number[];
  readonly vectors: number[];
}

/** Roundings of float64 that a few hundred operations on numbers of norm 1 add up to, with room. */
const ROUNDING = 1e-13;

function symmetric(size: number, seed: number): Float64Array {
  const matrix = gaussians(size * size, seed);
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) matrix[i * size + j] = matrix[j * size + i];
  return matrix;
}

function diagonalMatrix(values: readonly number[]): Float64Array {
  const matrix = new Float64Array(values.length ** 2);
  values.forEach((value, i) => (matrix[i * values.length + i] = value));
  return matrix;
}

/** A v = λ v for every pair, orthonormal rows, descending values, the largest entry of each row positive. */
function expectEigen(matrix: Float64Array, size: number, wanted: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, size, { vectors: wanted });
  const norm = Math.max(Math.abs(values[0]), Math.abs(values[size - 1]));
  expect(values).toEqual(values.toSorted().reverse());
  expect(vectors.length).toBe(wanted * size);
  expect(orthonormalityDefect(vectors, size)).toBeLessThan(ROUNDING);
  for (let at = 0; at < vectors.length; at += size) {
    const vector = vectors.subarray(at, at + size);
    for (let i = 0; i < size; i++) {
      const residual = dot(matrix, i * size, vector, 0, size) - values[at / size] * vector[i];
      expect(Math.abs(residual)).toBeLessThanOrEqual(ROUNDING * norm);
    }
    const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    expect(largest).toBeGreaterThan(0);
  }
  return values;
}

describe('symmetricEigen', () => {
  it('agrees with numpy.linalg.eigh on sizes 1 to 20', () => {
    for (const { size, matrix, values, vectors } of readFixture<Fixture[]>('eigen')) {
      const ours = symmetricEigen(Float64Array.from(matrix), size);
      for (let i = 0; i < size; i++) {
        expect(Math.abs(ours.values[i] - values[i])).toBeLessThan(ROUNDING * Math.abs(values[0]) + 1e-15);
        const row = (rows: Float64Array | number[]) =>
          Float64Array.from(rows.slice(i * size, (i + 1) * size));
        // The gap to the next eigenvalue divides the rounding: 1e-2 at the least here.
        expect(subspaceAngle(row(ours.vectors), row(vectors), size)).toBeLessThan(1e-11);
      }
    }
  });

  it('solves A v = λ v for all vectors, a few and none', () => {
    for (const size of [1, 2, 3, 7, 40, 121]) {
      for (const wanted of [size, Math.ceil(size / 3), 1, 0]) {
        expectEigen(symmetric(size, size), size, wanted);
      }
    }
  });

  it('gives the same few vectors as all of them', () => {
    const matrix = symmetric(60, 5);
    const all = symmetricEigen(matrix, 60);
    const few = symmetricEigen(matrix, 60, { vectors: 9 });
    for (let i = 0; i < few.vectors.length; i++) {
      // Two methods; the least gap among the ten largest eigenvalues is above 1e-2 of the norm.
      expect(few.vectors[i]).toBeCloseTo(all.vectors[i], 11);
    }
  });

  it('finds a basis of the space of a repeated eigenvalue', () => {
    const matrix = new Float64Array(900).fill(1);
    const values = expectEigen(matrix, 30, 10);
    expect(values[0]).toBeCloseTo(30, 12);
    expectEigen(diagonalMatrix([2, 5, 5, 5, 2, 2, 7]), 7, 3);
    expectEigen(diagonalMatrix(Array.from({ length: 40 }, () => 3)), 40, 12);
    // A direct sum of a matrix with itself: every eigenvalue twice, and a block that splits.
    const half = symmetric(15, 8);
    const double = new Float64Array(900);
    for (let i = 0; i < 15; i++) {
      for (let j = 0; j < 15; j++) {
        double[i * 30 + j] = half[i * 15 + j];
        double[(i + 15) * 30 + j + 15] = half[i * 15 + j];
      }
    }
    expectEigen(double, 30, 8);
    expectEigen(double, 30, 30);
  });

  it('tells apart the near-equal pairs of Wilkinson’s matrix', () => {
    const size = 41;
    const matrix = diagonalMatrix(Array.from({ length: size }, (_, i) => Math.abs(i - 20)));
    for (let i = 0; i + 1 < size; i++) matrix[i * size + i + 1] = matrix[(i + 1) * size + i] = 1;
    expectEigen(matrix, size, 12);
    expectEigen(matrix, size, size);
  });

  it('takes a zero matrix, and one of rank one', () => {
    const { values, vectors } = symmetricEigen(new Float64Array(16), 4, { vectors: 2 });
    expect([...values]).toEqual([0, 0, 0, 0]);
    expect(orthonormalityDefect(vectors, 4)).toBe(0);
    const x = gaussians(50, 9);
    const outer = Float64Array.from({ length: 2500 }, (_, at) => x[Math.floor(at / 50)] * x[at % 50]);
    const rankOne = expectEigen(outer, 50, 5);
    expect(rankOne[1]).toBeLessThan(ROUNDING * rankOne[0]);
  });

  it('takes the covariance of fewer rows than coordinates, most of whose eigenvalues are rounding errors', () => {
    const [size, rows] = [400, 100];
    // One of 60 draws in which a single eigenvalue takes more than 60 sweeps.
    const seed = 2;
    const moments = createScatterMoments(size);
    addToScatterMoments(moments, Float32Array.from(gaussians(rows * size, seed)));
    const values = expectEigen(moments.scatter, size, 3);
    expect(values[rows - 2]).toBeGreaterThan(1);
    expect(Math.abs(values[rows - 1])).toBeLessThan(ROUNDING * values[0]);
  });

  it('scales with its input, from 1e-300 to 1e300', () => {
    const matrix = symmetric(12, 10);
    const { values, vectors } = symmetricEigen(matrix, 12);
    for (const scale of [2 ** -990, 2 ** 990]) {
      const scaled = symmetricEigen(
        matrix.map((value) => value * scale),
        12,
      );
      // A power of two changes no digit.
      expect(scaled.values).toEqual(values.map((value) => value * scale));
      expect(scaled.vectors).toEqual(vectors);
    }
  });

  it('reads the upper triangle only and leaves its input alone', () => {
    const matrix = symmetric(6, 11);
    const lower = matrix.slice();
    for (let i = 0; i < 6; i++) for (let j = 0; j < i; j++) lower[i * 6 + j] = 99;
    const before = lower.slice();
    expect(symmetricEigen(lower, 6)).toEqual(symmetricEigen(matrix, 6));
    expect(lower).toEqual(before);
  });

  it('refuses NaN, Infinity, wrong lengths and too many vectors', () => {
    expect(() => symmetricEigen(Float64Array.of(1, 2, NaN, 1), 2)).toThrow(/got NaN in row 1, column 0/);
    expect(() => symmetricEigen(Float64Array.of(Infinity), 1)).toThrow(RangeError);
    expect(() => symmetricEigen(new Float64Array(6), 2)).toThrow(/expected 2×2 elements, got 6/);
    expect(() => symmetricEigen(new Float64Array(0), 0)).toThrow(RangeError);
    expect(() => symmetricEigen(new Float64Array(4), 2, { vectors: 3 })).toThrow(
      /0 to 2 eigenvectors, got 3/,
    );
  });
});
