import { describe, expect, it } from 'vitest';
import {
  addToCrossMoments,
  addToScatterMoments,
  createCrossMoments,
  createScatterMoments,
  mergeCrossMoments,
  mergeScatterMoments,
} from '../../../src/core/linear-algebra/moments.ts';
import type { Floats } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

const DIM = 7;
const COUNT = 103;

/** Off-centre columns of different spread. */
function madeRows(count: number, seed: number): Float64Array {
  return gaussians(count * DIM, seed).map((value, i) => (value + 2) * (1 + (i % DIM)));
}

/** The definition, element by element. */
function referenceScatter(x: Floats, y: Floats, dim: number): Float64Array {
  const count = x.length / dim;
  const mean = (rows: Floats, column: number) => {
    let sum = 0;
    for (let row = 0; row < count; row++) sum += rows[row * dim + column];
    return sum / count;
  };
  return Float64Array.from({ length: dim * dim }, (_, at) => {
    const i = Math.floor(at / dim);
    const j = at % dim;
    const meanX = mean(x, i);
    const meanY = mean(y, j);
    let sum = 0;
    for (let row = 0; row < count; row++) sum += (x[row * dim + i] - meanX) * (y[row * dim + j] - meanY);
    return sum;
  });
}

function expectClose(actual: Float64Array, expected: Float64Array, relative: number): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]), `entry ${i}`).toBeLessThanOrEqual(relative * largest);
  });
}

describe('scatter moments', () => {
  it('gives the mean and the scatter of the definition, float32 and float64', () => {
    for (const rows of [
      madeRows(COUNT, 1),
      Float32Array.from(madeRows(COUNT, 2)),
      madeRows(1, 3),
      madeRows(4, 4),
    ]) {
      const moments = createScatterMoments(DIM);
      addToScatterMoments(moments, rows);
      const { count, mean, scatter } = moments;
      expect(count).toBe(rows.length / DIM);
      let sum = 0;
      for (let at = 3; at < rows.length; at += DIM) sum += rows[at];
      expect(mean[3]).toBeCloseTo(sum / count, 12);
      // A hundred roundings.
      expectClose(scatter, referenceScatter(rows, rows, DIM), 1e-14);
      for (let i = 0; i < DIM; i++) {
        for (let j = 0; j < i; j++) expect(scatter[i * DIM + j]).toBe(scatter[j * DIM + i]);
      }
    }
  });

  it('gives the one-pass answer however the rows are sharded', () => {
    const rows = madeRows(COUNT, 5);
    const whole = createScatterMoments(DIM);
    addToScatterMoments(whole, rows);
    const expected = whole;
    for (const shard of [1, 2, 10, 102]) {
      const moments = createScatterMoments(DIM);
      for (let row = 0; row < COUNT; row += shard) {
        addToScatterMoments(moments, rows.subarray(row * DIM, Math.min(row + shard, COUNT) * DIM));
      }
      const { count, mean, scatter } = moments;
      expect(count).toBe(COUNT);
      expectClose(mean, expected.mean, 1e-13);
      expectClose(scatter, expected.scatter, 1e-13);
    }
  });

  it('gives the one-pass answer when parts are merged, in any order', () => {
    const rows = madeRows(COUNT, 6);
    const whole = createScatterMoments(DIM);
    addToScatterMoments(whole, rows);
    const parts = [
      [0, 20],
      [20, 21],
      [21, 21],
      [21, COUNT],
    ].map(([first, last]) => {
      const part = createScatterMoments(DIM);
      addToScatterMoments(part, rows.subarray(first * DIM, last * DIM));
      return part;
    });
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
    ]) {
      const merged = order.map((i) => parts[i]).reduce(mergeScatterMoments);
      expect(merged.count).toBe(COUNT);
      expectClose(merged.scatter, whole.scatter, 1e-13);
    }
    expect(parts[0].count).toBe(20);
  });

  it('keeps its digits far from zero, in one shard and in many', () => {
    const near = gaussians(50 * DIM, 7).map((value) => Math.round(value * 1024) / 1024);
    const far = near.map((value) => value + 1e8);
    for (const shard of [50, 10, 1]) {
      const moments = createScatterMoments(DIM);
      for (let row = 0; row < 50; row += shard) {
        addToScatterMoments(moments, far.subarray(row * DIM, (row + shard) * DIM));
      }
      // Multiples of 2^-10 near 1e8 are exact; means round at 1e-8, and what a mean is off counts by its square or, between
      // shards, once: 1e-8 of deviations around 1.
      expectClose(moments.scatter, referenceScatter(near, near, DIM), 1e-7);
    }
  });

  it('refuses NaN, broken rows and no rows, and is unchanged then', () => {
    const moments = createScatterMoments(2);
    expect(() => addToScatterMoments(moments, Float64Array.of(1, 2, 3, NaN))).toThrow(/column 1/);
    expect(() => addToScatterMoments(moments, Float64Array.of(Infinity, 2, -Infinity, 3))).toThrow(
      /column 0/,
    );
    expect(() => addToScatterMoments(moments, Float64Array.of(1, 2, 3))).toThrow(RangeError);
    addToScatterMoments(moments, new Float64Array(0));
    expect(moments.count).toBe(0);
    expect(() => mergeScatterMoments(moments, createScatterMoments(3))).toThrow(/2 columns, got 3/);
    expect(() => createScatterMoments(0)).toThrow(RangeError);
  });
});

describe('cross moments', () => {
  it('gives the cross-scatter of the definition, sharded, merged and mixed in precision', () => {
    const x = madeRows(COUNT, 8);
    const y = Float32Array.from(madeRows(COUNT, 9), (value, i) => value + 0.5 * x[i]);
    const expected = referenceScatter(x, y, DIM);
    for (const shard of [COUNT, 1, 16]) {
      const moments = createCrossMoments(DIM);
      const other = createCrossMoments(DIM);
      for (let row = 0; row < COUNT; row += shard) {
        const range = [row * DIM, Math.min(row + shard, COUNT) * DIM] as const;
        addToCrossMoments(row % 3 === 0 ? moments : other, x.subarray(...range), y.subarray(...range));
      }
      const merged = mergeCrossMoments(moments, other);
      expect(merged.count).toBe(COUNT);
      expectClose(merged.scatter, expected, 1e-13);
    }
  });

  it('refuses unequal shapes', () => {
    const moments = createCrossMoments(2);
    expect(() => addToCrossMoments(moments, new Float64Array(4), new Float64Array(6))).toThrow(/4 and 6/);
  });
});
