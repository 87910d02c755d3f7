import { describe, expect, it } from 'vitest';
import { CrossScatterAccumulator, ScatterAccumulator } from '../../../src/core/linear-algebra/moments.ts';
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

describe('ScatterAccumulator', () => {
  it('gives the mean and the scatter of the definition, float32 and float64', () => {
    for (const rows of [
      madeRows(COUNT, 1),
      Float32Array.from(madeRows(COUNT, 2)),
      madeRows(1, 3),
      madeRows(4, 4),
    ]) {
      const accumulator = new ScatterAccumulator(DIM);
      accumulator.add(rows);
      const { count, mean, scatter } = accumulator.finish();
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
    const whole = new ScatterAccumulator(DIM);
    whole.add(rows);
    const expected = whole.finish();
    for (const shard of [1, 2, 10, 102]) {
      const accumulator = new ScatterAccumulator(DIM);
      for (let row = 0; row < COUNT; row += shard) {
        accumulator.add(rows.subarray(row * DIM, Math.min(row + shard, COUNT) * DIM));
      }
      const { count, mean, scatter } = accumulator.finish();
      expect(count).toBe(COUNT);
      expectClose(mean, expected.mean, 1e-13);
      expectClose(scatter, expected.scatter, 1e-13);
    }
  });

  it('gives the one-pass answer when accumulators are merged, in any order', () => {
    const rows = madeRows(COUNT, 6);
    const whole = new ScatterAccumulator(DIM);
    whole.add(rows);
    const parts = [
      [0, 20],
      [20, 21],
      [21, 21],
      [21, COUNT],
    ].map(([first, last]) => {
      const part = new ScatterAccumulator(DIM);
      part.add(rows.subarray(first * DIM, last * DIM));
      return part;
    });
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
    ]) {
      const merged = new ScatterAccumulator(DIM);
      for (const i of order) merged.merge(parts[i]);
      expect(merged.count).toBe(COUNT);
      expectClose(merged.finish().scatter, whole.finish().scatter, 1e-13);
    }
    expect(parts[0].count).toBe(20);
  });

  it('keeps its digits where shards lie far apart from each other and from zero', () => {
    // Two shards of spread 1 around 1e8 and −1e8: their own scatter is 1e-16 of the whole and not asked for, but a shard
    // alone, merged into nothing, must keep it.
    const near = gaussians(50 * DIM, 7).map((value) => Math.round(value * 1024) / 1024);
    const accumulator = new ScatterAccumulator(DIM);
    accumulator.add(near.map((value) => value + 1e8));
    // Adding 1e8 rounds to 2^-26, and the numbers are multiples of 2^-10: exact. The mean rounds at 1e-8.
    expectClose(accumulator.finish().scatter, referenceScatter(near, near, DIM), 1e-9);
  });

  it('refuses NaN, broken rows and no rows, and is unchanged then', () => {
    const accumulator = new ScatterAccumulator(2);
    expect(() => accumulator.finish()).toThrow(/at least one row/);
    expect(() => accumulator.add(Float64Array.of(1, 2, 3, NaN))).toThrow(/column 1/);
    expect(() => accumulator.add(Float64Array.of(Infinity, 2, -Infinity, 3))).toThrow(/column 0/);
    expect(() => accumulator.add(Float64Array.of(1, 2, 3))).toThrow(RangeError);
    accumulator.add(new Float64Array(0));
    expect(accumulator.count).toBe(0);
    expect(() => accumulator.merge(new ScatterAccumulator(3))).toThrow(/2 dimensions, got 3/);
    expect(() => new ScatterAccumulator(0)).toThrow(RangeError);
  });
});

describe('CrossScatterAccumulator', () => {
  it('gives the cross-scatter of the definition, sharded, merged and mixed in precision', () => {
    const x = madeRows(COUNT, 8);
    const y = Float32Array.from(madeRows(COUNT, 9), (value, i) => value + 0.5 * x[i]);
    const expected = referenceScatter(x, y, DIM);
    for (const shard of [COUNT, 1, 16]) {
      const accumulator = new CrossScatterAccumulator(DIM);
      const other = new CrossScatterAccumulator(DIM);
      for (let row = 0; row < COUNT; row += shard) {
        const range = [row * DIM, Math.min(row + shard, COUNT) * DIM] as const;
        (row % 3 === 0 ? accumulator : other).add(x.subarray(...range), y.subarray(...range));
      }
      accumulator.merge(other);
      expect(accumulator.count).toBe(COUNT);
      expectClose(accumulator.finish().scatter, expected, 1e-13);
    }
  });

  it('refuses unequal shapes', () => {
    const accumulator = new CrossScatterAccumulator(2);
    expect(() => accumulator.add(new Float64Array(4), new Float64Array(6))).toThrow(/4 and 6/);
  });
});
