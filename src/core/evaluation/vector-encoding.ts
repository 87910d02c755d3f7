import { type RowCodes, codeRowBytes, packCodeRows, unpackCodeRows } from '../search/code-rows.ts';
import { quantizeRows } from '../search/int8-rows.ts';

export const VECTOR_ENCODINGS = ['float32', 'int8', 'int4', 'sign'] as const;

/**
 * How a projected vector is stored: as it is, as one byte a coordinate with a scale, as four bits a coordinate in steps that all
 * vectors share, or as one bit a coordinate.
 */
export type VectorEncoding = (typeof VECTOR_ENCODINGS)[number];

/** An encoding with what it needs beside the row. */
export type RowEncoding =
  { readonly kind: Exclude<VectorEncoding, 'int4'> } | { readonly kind: 'int4'; readonly codes: RowCodes };

/** Bytes stored for one vector of k coordinates, the float32 scale of int8 included. Steps of int4 are stored once for all. */
export function encodedBytes(encoding: VectorEncoding, k: number): number {
  switch (encoding) {
    case 'float32':
      return 4 * k;
    case 'int8':
      return k + 4;
    case 'int4':
      return codeRowBytes(4, k);
    case 'sign':
      return codeRowBytes(1, k);
  }
}

/** The most coordinates that so many bytes hold; below 1 where they hold none. */
export function mostCoordinates(encoding: VectorEncoding, bytes: number): number {
  return { float32: Math.floor(bytes / 4), int8: bytes - 4, int4: 2 * bytes, sign: 8 * bytes }[encoding];
}

/** The most coordinates that fill exactly so many bytes; null where none do. */
export function coordinatesOf(encoding: VectorEncoding, bytes: number): number | null {
  const k = mostCoordinates(encoding, bytes);
  return k >= 1 && encodedBytes(encoding, k) === bytes ? k : null;
}

/**
 * What is left of every row after storing it, in place, so that scores stay inner products. int8: rounded to 127ths of the
 * row's largest magnitude, at unit norm again. int4: rounded to its coordinates' steps, at unit norm again; the codes alone tell
 * the norm. sign: ±2⁻ⁿ, zero counting as +2⁻ⁿ, the n that brings the norm nearest to 1: a power of two, so that sums are exact
 * and equal scores tie. Zero rows stay zero under float32 and int8.
 * @param rows row-major, shape [count, k]
 * @throws RangeError for steps of another length than k, or numbers that are not finite
 */
export function encodeRows(rows: Float32Array, k: number, encoding: RowEncoding): void {
  switch (encoding.kind) {
    case 'float32':
      return;
    case 'sign': {
      const size = 2 ** -Math.round(Math.log2(k) / 2);
      for (let i = 0; i < rows.length; i++) rows[i] = rows[i] < 0 ? -size : size;
      return;
    }
    case 'int8': {
      const values = new Int8Array(rows.length);
      quantizeRows(rows, k, 'kept', values, new Float32Array(rows.length / k));
      rows.set(values);
      break;
    }
    case 'int4': {
      const { codes } = encoding;
      if (codes.steps.length !== k) {
        throw new RangeError(`expected ${k} steps of int4, got ${codes.steps.length}`);
      }
      const packed = new Uint8Array((rows.length / k) * codeRowBytes(codes.bits, k));
      packCodeRows(rows, codes, packed);
      unpackCodeRows(packed, codes, rows);
      break;
    }
  }
  scaleRowsToUnit(rows, k);
}

/** In place; zero rows stay. */
function scaleRowsToUnit(rows: Float32Array, k: number): void {
  for (let start = 0; start < rows.length; start += k) {
    const row = rows.subarray(start, start + k);
    let squares = 0;
    for (let i = 0; i < k; i++) squares += row[i] * row[i];
    if (squares === 0) continue;
    const norm = Math.sqrt(squares);
    for (let i = 0; i < k; i++) row[i] /= norm;
  }
}
