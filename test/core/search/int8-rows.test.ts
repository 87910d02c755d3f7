import { describe, expect, it } from 'vitest';
import { quantizeRows } from '../../../src/core/search/int8-rows.ts';
import { gaussians } from '../random-data.ts';

function quantized(rows: Float32Array, dim: number, length: 'unit' | 'kept') {
  const values = new Int8Array(rows.length);
  const scales = new Float32Array(rows.length / dim);
  quantizeRows(rows, dim, length, values, scales);
  return { values, scales };
}

describe('quantizeRows', () => {
  it('rounds to 127ths of the largest magnitude and keeps the length', () => {
    const { values, scales } = quantized(Float32Array.of(2.54, -1.27, 0.011, 0, -5, 10), 3, 'kept');
    expect([...values]).toEqual([127, -63, 1, 0, -63, 127]);
    expect([...scales]).toEqual([Math.fround(Math.fround(2.54) / 127), Math.fround(10 / 127)]);
  });

  it('is off by at most half a step in every coordinate, each row by its own scale', () => {
    const dim = 50;
    const rows = Float32Array.from(gaussians(8 * dim, 1), (x, i) => x * 10 ** Math.floor(i / dim));
    const { values, scales } = quantized(rows, dim, 'kept');
    for (let i = 0; i < rows.length; i++) {
      const scale = scales[Math.floor(i / dim)];
      // Half a step, and the rounding of the float32 scale over up to 127 steps.
      expect(Math.abs(rows[i] - values[i] * scale)).toBeLessThan(scale * (0.5 + 127 * 2 ** -24));
    }
  });

  it('gives unit norm when asked, whatever the length of the row', () => {
    const dim = 33;
    const rows = Float32Array.from(gaussians(5 * dim, 2), (x, i) => x * 1000 ** (Math.floor(i / dim) - 2));
    const { values, scales } = quantized(rows, dim, 'unit');
    for (let row = 0; row < 5; row++) {
      const norm = Math.hypot(...values.subarray(row * dim, (row + 1) * dim)) * scales[row];
      // The scale is one float32.
      expect(Math.abs(norm - 1)).toBeLessThan(2 ** -23);
    }
  });

  it('gives zeros and scale 0 for a zero row, and nothing for no rows', () => {
    const { values, scales } = quantized(Float32Array.of(0, -0, 3, 4), 2, 'unit');
    expect([...values]).toEqual([0, 0, 95, 127]);
    expect(scales[0]).toBe(0);
    expect(quantized(new Float32Array(0), 2, 'kept').scales).toHaveLength(0);
  });

  it('takes the largest and the smallest floats', () => {
    const { values, scales } = quantized(Float32Array.of(3.4e38, -3.4e38, 1e-45, 0), 2, 'unit');
    expect([...values]).toEqual([127, -127, 127, 0]);
    expect([...scales]).toEqual([Math.fround(1 / (127 * Math.SQRT2)), Math.fround(1 / 127)]);
  });

  it('refuses what is not finite, naming the row, and broken shapes', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      expect(() => quantized(Float32Array.of(1, 2, 3, bad), 2, 'kept')).toThrow(/finite numbers.*row 1/);
    }
    expect(() => {
      quantizeRows(new Float32Array(4), 2, 'kept', new Int8Array(3), new Float32Array(2));
    }).toThrow('expected room for 4 values and 2 scales, got 3 and 2');
    expect(() => {
      quantizeRows(new Float32Array(3), 2, 'kept', new Int8Array(3), new Float32Array(1));
    }).toThrow(RangeError);
  });
});
