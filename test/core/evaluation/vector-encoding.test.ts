import { describe, expect, it } from 'vitest';
import { encodeRows, encodedBytes } from '../../../src/core/evaluation/vector-encoding.ts';
import { plainScore } from '../../../src/core/linear-algebra/plain-scores.ts';
import { cosineSimilarity, dot } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

describe('encodedBytes', () => {
  it('counts the scale of int8 and rounds bits up to bytes', () => {
    expect([encodedBytes('float32', 50), encodedBytes('int8', 50), encodedBytes('sign', 50)]).toEqual([
      200, 54, 7,
    ]);
  });
});

describe('encodeRows', () => {
  it('leaves float32 as it is', () => {
    const rows = Float32Array.from(gaussians(8, 1));
    const before = rows.slice();
    encodeRows(rows, 4, 'float32');
    expect(rows).toEqual(before);
  });

  it('keeps the direction under int8 within its step, at unit norm, each row by its own scale', () => {
    const rows = Float32Array.from(gaussians(128, 2), (x, i) => (i < 64 ? x : 1000 * x));
    const before = rows.slice();
    encodeRows(rows, 64, 'int8');
    for (const start of [0, 64]) {
      const row = rows.subarray(start, start + 64);
      // Rounding to 127ths of a maximum near 2.5: noise of 0.006 on numbers near 1, so a cosine of 1 - 2e-5.
      expect(cosineSimilarity(row, before.subarray(start, start + 64))).toBeGreaterThan(0.9999);
      expect(dot(row, 0, row, 0, 64)).toBeCloseTo(1, 6);
    }
  });

  it('keeps signs alone under sign: the inner product is 1 - 2·(bits that differ)/k', () => {
    const rows = Float32Array.of(3, -0.1, 0, 5, 1, 1, -1, 1);
    encodeRows(rows, 4, 'sign');
    expect([...rows]).toEqual([0.5, -0.5, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5]);
    expect(dot(rows, 0, rows, 4, 4)).toBe(1 - (2 * 2) / 4);
  });

  it('gives equal counts of differing bits equal sums under sign, whatever their order', () => {
    const k = 499;
    const rows = Float32Array.from(gaussians(3 * k, 4));
    // Row 1 differs from row 0 in its first 100 signs, row 2 in its last 100.
    for (let i = 0; i < k; i++) {
      rows[k + i] = i < 100 ? -rows[i] : rows[i];
      rows[2 * k + i] = i >= k - 100 ? -rows[i] : rows[i];
    }
    encodeRows(rows, k, 'sign');
    expect(dot(rows, 0, rows, k, k)).toBe(dot(rows, 0, rows, 2 * k, k));
    expect(plainScore(rows, 0, rows, 1, k)).toBe(plainScore(rows, 0, rows, 2, k));
    const norm = Math.sqrt(dot(rows, 0, rows, 0, k));
    expect(norm).toBeGreaterThan(Math.SQRT1_2);
    expect(norm).toBeLessThan(Math.SQRT2);
  });

  it('leaves a zero row zero under int8', () => {
    const rows = new Float32Array(3);
    encodeRows(rows, 3, 'int8');
    expect([...rows]).toEqual([0, 0, 0]);
  });
});
