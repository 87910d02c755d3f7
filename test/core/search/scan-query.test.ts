import { describe, expect, it } from 'vitest';
import { largestQueryValue, MAX_SCAN_DIM, quantizeQuery } from '../../../src/core/search/scan-query.ts';
import { gaussians } from '../random-data.ts';

describe('quantizeQuery', () => {
  it('is off by at most half a step, far finer than the int8 of the vectors', () => {
    for (const dim of [1, 7, 64, 512, 768, 4096, MAX_SCAN_DIM]) {
      const query = gaussians(dim, dim);
      const { values, scale } = quantizeQuery(query);
      const largest = query.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      // Eight steps where int8 has one, even at the most coordinates.
      expect(scale, `dim ${dim}`).toBeLessThanOrEqual(largest / (8 * 127));
      for (let i = 0; i < dim; i++) {
        // Half a step; the float64 quotient may round a tie either way.
        expect(Math.abs(query[i] - values[i] * scale)).toBeLessThanOrEqual(scale * (0.5 + 1e-9));
      }
    }
  });

  it('pads with zeros to a multiple of 16', () => {
    const { dim, values } = quantizeQuery(Float32Array.from({ length: 17 }, () => 1));
    expect([dim, values.length, values[16], ...values.subarray(17)]).toEqual([
      17,
      32,
      32767,
      ...Array(15).fill(0),
    ]);
  });

  it('cannot overflow an int32 even against bytes of -128, and is as fine as that allows', () => {
    for (const dim of [1, 511, 512, 513, 768, MAX_SCAN_DIM]) {
      const most = largestQueryValue(dim);
      expect(dim * 128 * most, `dim ${dim}`).toBeLessThan(2 ** 31);
      expect(most === 32767 || dim * 128 * (most + 1) >= 2 ** 31, `dim ${dim}`).toBe(true);
    }
  });

  it('gives scale 0 for a zero query', () => {
    expect(quantizeQuery(new Float32Array(3))).toEqual({ dim: 3, values: new Int16Array(16), scale: 0 });
  });

  it('refuses no coordinates, too many, and what is not finite', () => {
    expect(() => quantizeQuery(new Float32Array(0))).toThrow('1 to 16384 coordinates, got 0');
    expect(() => quantizeQuery(new Float32Array(16_385))).toThrow('got 16385');
    expect(() => quantizeQuery(Float64Array.of(1, NaN))).toThrow('got NaN at 1');
    expect(() => quantizeQuery(Float32Array.of(-Infinity))).toThrow('got -Infinity at 0');
  });
});
