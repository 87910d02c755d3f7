import { describe, expect, it } from 'vitest';
import {
  type CodeBits,
  type RowCodes,
  codeRowBytes,
  fitCodes,
  packCodeRows,
  unpackCodeRows,
} from '../../../src/core/search/code-rows.ts';
import { gaussians } from '../random-data.ts';

function throughBytes(rows: Float32Array, codes: RowCodes): { packed: Uint8Array; back: Float32Array } {
  const { bits, steps } = codes;
  const packed = new Uint8Array((rows.length / steps.length) * codeRowBytes(bits, steps.length));
  packCodeRows(rows, codes, packed);
  const back = new Float32Array(rows.length);
  unpackCodeRows(packed, codes, back);
  return { packed, back };
}

describe('rows of codes', () => {
  it('lay two coordinates of int4 in a byte: the first half of them low, the second half high', () => {
    const steps = Float32Array.of(1, 1, 2, 1, 1);
    const { packed, back } = throughBytes(Float32Array.of(0.2, -0.2, 100, -100, 3), { bits: 4, steps });
    // Codes 8, 7, 15, 0, 11.
    expect([...packed]).toEqual([8 | (0 << 4), 7 | (11 << 4), 15]);
    expect([...back]).toEqual([0.5, -0.5, 15, -7.5, 3.5]);
  });

  it('lay eight signs in a byte, those of the first coordinates in the lowest bits', () => {
    const steps = Float32Array.of(2, 2, 2, 2, 2, 2, 2, 2, 2, 6);
    const { packed, back } = throughBytes(Float32Array.of(1, -1, 0, -9, 1, 1, -1, -1, 1, 7), {
      bits: 1,
      steps,
    });
    // Byte 0 holds coordinates 0, 2, 4, 6, 8, byte 1 holds 1, 3, 5, 7, 9.
    expect([...packed]).toEqual([0b10111, 0b10100]);
    expect([...back]).toEqual([1, -1, 1, -1, 1, 1, -1, -1, 1, 3]);
  });

  it.each([1, 2, 7, 64])(
    'of int4 are off by half a step at most within 8 steps, at %i coordinates',
    (dim) => {
      const rows = Float32Array.from(gaussians(50 * dim, dim), (x, i) => x * (1 + (i % dim)));
      const codes = fitCodes(4, [rows], dim);
      const { packed, back } = throughBytes(rows, codes);
      expect(packed).toHaveLength(50 * Math.ceil(dim / 2));
      rows.forEach((value, i) => {
        const step = codes.steps[i % dim];
        const clipped = Math.min(8 * step, Math.max(-8 * step, value));
        expect(Math.abs(back[i] - clipped)).toBeLessThanOrEqual(step * 0.500001);
      });
      // What was stored once is stored the same again.
      expect(throughBytes(back, codes).packed).toEqual(packed);
    },
  );

  it('take steps from the spread of a coordinate over all parts, 0 where nothing varies', () => {
    const parts = [Float32Array.of(3, 0), Float32Array.of(-4, 0, 5, 0)];
    const int4 = fitCodes(4, parts, 2);
    expect(int4.steps[0]).toBeCloseTo(0.3352 * Math.sqrt(50 / 3), 6);
    expect(int4.steps[1]).toBe(0);
    expect([...throughBytes(Float32Array.of(3, 7), int4).back]).toEqual([expect.any(Number), 0]);
    const sign = fitCodes(1, parts, 2);
    expect([...sign.steps]).toEqual([8, 0]);
    expect([...throughBytes(Float32Array.of(-3, 7), sign).back]).toEqual([-4, 0]);
  });

  it('lose of a Gaussian what its best quantizers lose', () => {
    const rows = Float32Array.from(gaussians(40_000, 3));
    const lost = (bits: CodeBits): number => {
      const { back } = throughBytes(rows, fitCodes(bits, [rows], 1));
      return rows.reduce((sum, value, i) => sum + (value - back[i]) ** 2, 0) / rows.length;
    };
    // Max 1960, table II: 0.01154 with 16 equal steps, 0.3634 with 2; 40,000 draws tell 2 % of a mean of squares.
    expect(lost(4) / 0.01154).toBeCloseTo(1, 1);
    expect(lost(1) / 0.3634).toBeCloseTo(1, 1);
  });

  it('refuse no rows, broken shapes and numbers that are not finite', () => {
    expect(() => fitCodes(4, [], 2)).toThrow('expected at least one row, got none');
    expect(() => fitCodes(4, [new Float32Array(3)], 2)).toThrow(/whole rows of 2 elements, got 3/);
    expect(() => fitCodes(4, [Float32Array.of(1, NaN)], 2)).toThrow(/finite numbers, got others in column 1/);
    const codes = { bits: 4, steps: Float32Array.of(1, 1) } as const;
    expect(() => packCodeRows(Float32Array.of(1, Infinity), codes, new Uint8Array(1))).toThrow(
      /finite numbers, got Infinity/,
    );
    expect(() => packCodeRows(new Float32Array(2), codes, new Uint8Array(2))).toThrow(
      /room for 1 bytes, got 2/,
    );
    expect(() => unpackCodeRows(new Uint8Array(2), codes, new Float32Array(2))).toThrow(/expected 1 bytes/);
  });
});
