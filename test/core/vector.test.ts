import { describe, expect, it } from 'vitest';
import {
  columnMeans,
  cosineSimilarity,
  dot,
  gatherRows,
  normalizeRows,
  rowCount,
} from '../../src/core/vector.ts';
import { gaussians } from './random-data.ts';

describe('dot', () => {
  it('agrees with plain summation at every length and offset', () => {
    const a = gaussians(40, 1);
    const b = Float32Array.from(gaussians(40, 2));
    for (let length = 0; length <= 17; length++) {
      let plain = 0;
      for (let i = 0; i < length; i++) plain += a[3 + i] * b[5 + i];
      // Other order of at most 17 additions of numbers near 1.
      expect(Math.abs(dot(a, 3, b, 5, length) - plain), `length ${length}`).toBeLessThan(1e-14);
    }
  });

  it('accumulates float32 in float64', () => {
    // In float32, 1e8 + 1 − 1e8 is 0.
    expect(dot(Float32Array.of(1e8, 1, -1e8), 0, Float32Array.of(1, 1, 1), 0, 3)).toBe(1);
  });
});

describe('normalizeRows', () => {
  it('gives every row unit norm, in place, on a view that begins inside its buffer', () => {
    const buffer = new Float32Array([9, 3, 4, 0, 5]);
    normalizeRows(buffer.subarray(1), 2);
    expect([...buffer]).toEqual([9, Math.fround(0.6), Math.fround(0.8), 0, 1]);
  });

  it('rejects a zero row, a row with NaN and a broken shape, naming the row', () => {
    expect(() => normalizeRows(new Float32Array(4), 2)).toThrow(/row 0/);
    expect(() => normalizeRows(Float32Array.of(1, 0, NaN, 1), 2)).toThrow(/row 1/);
    expect(() => normalizeRows(new Float32Array(3), 2)).toThrow(RangeError);
  });
});

describe('cosineSimilarity', () => {
  it('is 1 for one direction, -1 for the opposite, 0 at right angles and for zero vectors', () => {
    const a = Float32Array.of(3, 4);
    expect(cosineSimilarity(a, Float32Array.of(6, 8))).toBe(1);
    expect(cosineSimilarity(a, Float32Array.of(-3, -4))).toBe(-1);
    expect(cosineSimilarity(a, Float32Array.of(4, -3))).toBe(0);
    expect(cosineSimilarity(a, new Float32Array(2))).toBe(0);
  });

  it('stays within [-1, 1] for norms near both ends of float32', () => {
    for (const scale of [1e-30, 1e38]) {
      const value = cosineSimilarity(Float32Array.of(scale, scale), Float32Array.of(scale, scale));
      expect(value).toBeLessThanOrEqual(1);
      expect(value).toBeGreaterThan(1 - 1e-12);
    }
  });

  it('rejects vectors of different length', () => {
    expect(() => cosineSimilarity(new Float32Array(2), new Float32Array(3))).toThrow(/2 and 3/);
  });
});

describe('columnMeans', () => {
  it('averages columns and rejects having no rows', () => {
    expect([...columnMeans(Float32Array.of(1, 2, 3, 6), 2)]).toEqual([2, 4]);
    expect(() => columnMeans(new Float32Array(0), 2)).toThrow(RangeError);
  });
});

describe('gatherRows', () => {
  it('copies rows in the order asked for, repeats included', () => {
    expect([...gatherRows(Float32Array.of(1, 2, 3, 4), 2, [1, 0, 1])]).toEqual([3, 4, 1, 2, 3, 4]);
  });
});

describe('rowCount', () => {
  it('counts whole rows, none of an empty matrix', () => {
    expect(rowCount(new Float32Array(6), 3)).toBe(2);
    expect(rowCount(new Float32Array(0), 3)).toBe(0);
    for (const dim of [0, 4, 1.5]) expect(() => rowCount(new Float32Array(6), dim)).toThrow(RangeError);
  });
});
