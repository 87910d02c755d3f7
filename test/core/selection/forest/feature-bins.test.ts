import { describe, expect, it } from 'vitest';
import { binFeatures } from '../../../../src/core/selection/forest/feature-bins.ts';
import { gaussians } from '../../random-data.ts';

describe('binFeatures', () => {
  it('gives every distinct value a bin of its own while there are 256 or fewer, in order', () => {
    const values = Float64Array.of(3, -1, 3, 0.5, -1, 7);
    expect([...binFeatures(values, 6, 1).codes]).toEqual([2, 0, 2, 1, 0, 3]);
    const many = Float64Array.from({ length: 256 }, (_, i) => (i * 37) % 256);
    expect([...binFeatures(many, 256, 1).codes]).toEqual([...many]);
  });

  it('keeps order and equality, in bins of about equal counts', () => {
    const count = 5000;
    const values = gaussians(count, 1).map((x) => Math.round(x * 1000) / 1000);
    const { codes } = binFeatures(values, count, 1);
    const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
    for (let i = 1; i < count; i++) {
      const [before, after] = [order[i - 1], order[i]];
      if (values[before] === values[after]) expect(codes[before]).toBe(codes[after]);
      else expect(codes[before]).toBeLessThanOrEqual(codes[after]);
    }
    const counts = new Array<number>(256).fill(0);
    for (const code of codes) counts[code]++;
    // 5000/256 is 19.5; rounding to thousandths leaves up to a few equal values at an edge.
    expect(Math.max(...counts)).toBeLessThan(30);
  });

  it('puts columns one after the other', () => {
    expect([...binFeatures(Float32Array.of(1, 5, 2, 4), 2, 2).codes]).toEqual([0, 1, 1, 0]);
  });

  it('keeps a value that fills most of the column in one bin', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => (i < 600 ? 0 : i));
    const { codes } = binFeatures(values, 1000, 1);
    expect(new Set(codes.slice(0, 600)).size).toBe(1);
    expect(new Set(codes.slice(600)).size).toBeGreaterThan(90);
  });

  it.each([
    [Float64Array.of(1, NaN), 2, 1, /NaN in row 1, column 0/],
    [Float64Array.of(1, Infinity), 1, 2, /Infinity in row 0, column 1/],
    [Float64Array.of(1), 2, 1, /expected 2×1 features, got 1/],
  ])('rejects %o', (values, count, dim, message) => {
    expect(() => binFeatures(values, count, dim)).toThrow(message);
  });
});
