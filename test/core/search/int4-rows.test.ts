import { describe, expect, it } from 'vitest';
import { int4RowBytes, int4Steps, packInt4Rows, unpackInt4Rows } from '../../../src/core/search/int4-rows.ts';
import { gaussians } from '../random-data.ts';

function throughBytes(rows: Float32Array, steps: Float32Array): { packed: Uint8Array; back: Float32Array } {
  const packed = new Uint8Array((rows.length / steps.length) * int4RowBytes(steps.length));
  packInt4Rows(rows, steps, packed);
  const back = new Float32Array(rows.length);
  unpackInt4Rows(packed, steps, back);
  return { packed, back };
}

describe('int4 rows', () => {
  it('lay two coordinates in a byte: the first half of them low, the second half high', () => {
    const steps = Float32Array.of(1, 1, 2, 1, 1);
    const { packed, back } = throughBytes(Float32Array.of(0.2, -0.2, 100, -100, 3), steps);
    // Codes 8, 7, 15, 0, 11.
    expect([...packed]).toEqual([8 | (0 << 4), 7 | (11 << 4), 15]);
    expect([...back]).toEqual([0.5, -0.5, 15, -7.5, 3.5]);
  });

  it.each([1, 2, 7, 64])('are off by half a step at most within 8 steps, at %i coordinates', (dim) => {
    const rows = Float32Array.from(gaussians(50 * dim, dim), (x, i) => x * (1 + (i % dim)));
    const steps = int4Steps([rows], dim);
    const { packed, back } = throughBytes(rows, steps);
    expect(packed).toHaveLength(50 * Math.ceil(dim / 2));
    rows.forEach((value, i) => {
      const step = steps[i % dim];
      const clipped = Math.min(8 * step, Math.max(-8 * step, value));
      expect(Math.abs(back[i] - clipped)).toBeLessThanOrEqual(step * 0.500001);
    });
    // What was stored once is stored the same again.
    expect(throughBytes(back, steps).packed).toEqual(packed);
  });

  it('takes steps from the spread of a coordinate over all parts, 0 where nothing varies', () => {
    const steps = int4Steps([Float32Array.of(3, 0), Float32Array.of(-4, 0, 5, 0)], 2);
    expect(steps[0]).toBeCloseTo(0.3352 * Math.sqrt(50 / 3), 6);
    expect(steps[1]).toBe(0);
    expect([...throughBytes(Float32Array.of(3, 7), steps).back]).toEqual([expect.any(Number), 0]);
  });

  it('refuse no rows, broken shapes and numbers that are not finite', () => {
    expect(() => int4Steps([], 2)).toThrow('expected at least one row, got none');
    expect(() => int4Steps([new Float32Array(3)], 2)).toThrow(/whole rows of 2 elements, got 3/);
    expect(() => int4Steps([Float32Array.of(1, NaN)], 2)).toThrow(/finite numbers, got others in column 1/);
    const steps = Float32Array.of(1, 1);
    expect(() => packInt4Rows(Float32Array.of(1, Infinity), steps, new Uint8Array(1))).toThrow(
      /finite numbers, got Infinity/,
    );
    expect(() => packInt4Rows(new Float32Array(2), steps, new Uint8Array(2))).toThrow(
      /room for 1 bytes, got 2/,
    );
    expect(() => unpackInt4Rows(new Uint8Array(2), steps, new Float32Array(2))).toThrow(/expected 1 bytes/);
  });
});
