import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { decodeVector, encodeVector, littleEndianBytes } from '../../src/clip/vector-text.ts';

const DIMS = [512, 3, 768, 1, 16_385, 16_384];

/** Seeded only by its number: all coordinates differ, and so do all vectors. */
const vectorOf = (number: number): Float32Array =>
  Float32Array.from({ length: DIMS[number % DIMS.length] }, (_, i) => Math.sin((number + 1) * (i + 1)));

describe('decodeVector', () => {
  it('keeps every vector its own, of any length, also between texts that it refuses', () => {
    const decoded = Array.from({ length: 120 }, (_, number) => {
      const given = vectorOf(number);
      expect(() => decodeVector(encodeVector(given), given.length + 1)).toThrow(AppError);
      expect(() => decodeVector('A', given.length)).toThrow(/not base64/);
      return decodeVector(encodeVector(given), given.length);
    });
    decoded.forEach((vector, number) => {
      const given = vectorOf(number);
      const norm = Math.sqrt(given.reduce((sum, x) => sum + x * x, 0));
      expect(vector.length).toBe(given.length);
      // Half a unit in the last place of a float32 below 1, and the rounding of the norm.
      const furthest = vector.reduce((most, x, i) => Math.max(most, Math.abs(x - given[i] / norm)), 0);
      expect(furthest).toBeLessThan(6.1e-8);
    });
  });

  it('reads the alphabet for URLs and white space as it does the plain text', () => {
    const text = encodeVector(vectorOf(0));
    const expected = decodeVector(text, 512);
    expect(decodeVector(text.replaceAll('+', '-').replaceAll('/', '_'), 512)).toEqual(expected);
    expect(decodeVector(`${text.slice(0, 100)}\n${text.slice(100)} `, 512)).toEqual(expected);
  });
});

describe('encodeVector', () => {
  it('writes the same bytes as they lie and turned one by one, of a view too', () => {
    const lying = Float32Array.of(9, 1, -2.5, NaN, Infinity, 1e-45, 0).subarray(1);
    const bytes = [...littleEndianBytes(lying, false)];
    expect(bytes.slice(0, 8)).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]);
    // workerd runs on little-endian machines only.
    expect([...littleEndianBytes(lying, true)]).toEqual(bytes);
    expect(atob(encodeVector(lying))).toBe(String.fromCharCode(...bytes));
  });
});
