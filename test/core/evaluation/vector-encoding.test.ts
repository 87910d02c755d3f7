import { describe, expect, it } from 'vitest';
import {
  VECTOR_ENCODINGS,
  coordinatesOf,
  encodeRows,
  encodedBytes,
} from '../../../src/core/evaluation/vector-encoding.ts';
import { plainScore } from '../../../src/core/linear-algebra/plain-scores.ts';
import { fitCodes } from '../../../src/core/search/code-rows.ts';
import { cosineSimilarity, dot } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

describe('encodedBytes', () => {
  it('counts the scale of int8, no step of int4, and rounds bits up to bytes', () => {
    expect(VECTOR_ENCODINGS.map((encoding) => encodedBytes(encoding, 51))).toEqual([204, 55, 26, 7]);
  });
});

describe('coordinatesOf', () => {
  it('gives the most coordinates that take exactly so many bytes', () => {
    expect([32, 64, 128, 256].map((bytes) => VECTOR_ENCODINGS.map((of) => coordinatesOf(of, bytes)))).toEqual(
      [
        [8, 28, 64, 256],
        [16, 60, 128, 512],
        [32, 124, 256, 1024],
        [64, 252, 512, 2048],
      ],
    );
    for (const encoding of VECTOR_ENCODINGS) {
      for (let bytes = 1; bytes < 40; bytes++) {
        const k = coordinatesOf(encoding, bytes);
        if (k === null) continue;
        expect(encodedBytes(encoding, k)).toBe(bytes);
        expect(encodedBytes(encoding, k + 1)).toBeGreaterThan(bytes);
      }
    }
    expect(VECTOR_ENCODINGS.map((of) => coordinatesOf(of, 3))).toEqual([null, null, 6, 24]);
  });
});

describe('encodeRows', () => {
  it('leaves float32 as it is', () => {
    const rows = Float32Array.from(gaussians(8, 1));
    const before = rows.slice();
    encodeRows(rows, 4, { kind: 'float32' });
    expect(rows).toEqual(before);
  });

  it('keeps the direction under int8 within its step, at unit norm, each row by its own scale', () => {
    const rows = Float32Array.from(gaussians(128, 2), (x, i) => (i < 64 ? x : 1000 * x));
    const before = rows.slice();
    encodeRows(rows, 64, { kind: 'int8' });
    for (const start of [0, 64]) {
      const row = rows.subarray(start, start + 64);
      // Rounding to 127ths of a maximum near 2.5: noise of 0.006 on numbers near 1, so a cosine of 1 - 2e-5.
      expect(cosineSimilarity(row, before.subarray(start, start + 64))).toBeGreaterThan(0.9999);
      expect(dot(row, 0, row, 0, 64)).toBeCloseTo(1, 6);
    }
  });

  it('keeps signs alone under sign: the inner product is 1 - 2·(bits that differ)/k', () => {
    const rows = Float32Array.of(3, -0.1, 0, 5, 1, 1, -1, 1);
    encodeRows(rows, 4, { kind: 'sign' });
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
    encodeRows(rows, k, { kind: 'sign' });
    expect(dot(rows, 0, rows, k, k)).toBe(dot(rows, 0, rows, 2 * k, k));
    expect(plainScore(rows, 0, rows, 1, k)).toBe(plainScore(rows, 0, rows, 2, k));
    const norm = Math.sqrt(dot(rows, 0, rows, 0, k));
    expect(norm).toBeGreaterThan(Math.SQRT1_2);
    expect(norm).toBeLessThan(Math.SQRT2);
  });

  it('keeps the direction under int4 by the steps of coordinates of any scale, at unit norm', () => {
    const k = 64;
    const scale = (i: number) => 10 ** ((i % k) % 5);
    const rows = Float32Array.from(gaussians(200 * k, 5), (x, i) => x * scale(i));
    const before = rows.slice();
    encodeRows(rows, k, { kind: 'int4', codes: fitCodes(4, [before], k) });
    // What Max's best uniform quantizer of 16 levels leaves out of a Gaussian: 0.01154 of its variance, coordinate by coordinate.
    const direction = (at: number, of: Float32Array) =>
      Float32Array.from({ length: k }, (_, i) => of[at + i] / scale(i));
    let sum = 0;
    for (let at = 0; at < rows.length; at += k) {
      const cosine = cosineSimilarity(direction(at, rows), direction(at, before));
      sum += 1 - cosine * cosine;
      expect(dot(rows, at, rows, at, k)).toBeCloseTo(1, 5);
    }
    expect(sum / 200).toBeGreaterThan(0.0105);
    expect(sum / 200).toBeLessThan(0.0125);
  });

  it('refuses steps of another length under int4', () => {
    const steps = new Float32Array(4);
    expect(() => encodeRows(new Float32Array(6), 3, { kind: 'int4', codes: { bits: 4, steps } })).toThrow(
      'expected 3 steps of int4, got 4',
    );
  });

  it('leaves a zero row zero under int8', () => {
    const rows = new Float32Array(3);
    encodeRows(rows, 3, { kind: 'int8' });
    expect([...rows]).toEqual([0, 0, 0]);
  });
});
