import { describe, expect, it } from 'vitest';
import { columnVariances } from '../../../../src/core/selection/univariate/variance.ts';
import { gaussians } from '../../random-data.ts';
import { readFixture } from '../../read-fixture.ts';

interface Fixture {
  readonly dim: number;
  readonly values: number[];
  readonly variances: number[];
}

describe('columnVariances', () => {
  it('agrees with numpy over scales of 1e-6 to 1e8', () => {
    const { values, dim, variances } = readFixture<Fixture>('variance');
    const actual = columnVariances(Float64Array.from(values), dim);
    for (let column = 0; column < dim - 1; column++) {
      // A column around 1e8 of spread 1 keeps 8 digits fewer of its deviations, in numpy as here.
      expect(Math.abs(actual[column] / variances[column] - 1), `column ${column}`).toBeLessThan(1e-9);
    }
    // The last column is constant: numpy's rounding leaves 1e-34, ours nothing.
    expect(actual[dim - 1]).toBe(0);
  });

  it('is exactly 0 for a constant column and for one row', () => {
    expect([
      ...columnVariances(
        Float64Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? 0.1 : 1 / 3)),
        2,
      ),
    ]).toEqual([0, 0]);
    expect([...columnVariances(Float32Array.of(3, 4), 2)]).toEqual([0, 0]);
  });

  it('keeps its digits beside a large mean', () => {
    const values = Float64Array.of(1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3);
    expect(columnVariances(values, 1)[0]).toBe(1.25);
  });

  it('scales by the square and does not shift', () => {
    const values = gaussians(200, 3);
    const [base] = columnVariances(values, 1);
    expect(
      columnVariances(
        values.map((x) => 8 * x),
        1,
      )[0],
    ).toBe(64 * base);
    // Shifting rounds every value at 2^-42.
    expect(
      columnVariances(
        values.map((x) => x + 1024),
        1,
      )[0],
    ).toBeCloseTo(base, 11);
  });

  it('accumulates float32 in float64', () => {
    const values = Float32Array.from(gaussians(5000, 4), (x) => x + 100);
    const [single] = columnVariances(values, 1);
    expect(single).toBe(columnVariances(Float64Array.from(values), 1)[0]);
  });

  it('rejects NaN and Infinity naming the column, no rows and a broken shape', () => {
    expect(() => columnVariances(Float64Array.of(1, 2, 3, NaN), 2)).toThrow(/column 1/);
    expect(() => columnVariances(Float32Array.of(1, 2, Infinity, 3), 2)).toThrow(/column 0/);
    expect(() => columnVariances(new Float64Array(0), 2)).toThrow(/at least one row/);
    expect(() => columnVariances(new Float64Array(3), 2)).toThrow(RangeError);
  });
});
