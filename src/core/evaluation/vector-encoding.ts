import { quantizeRows } from '../search/int8-rows.ts';

/** How a projected vector is stored: as it is, as one byte a coordinate with a scale, or as one bit a coordinate. */
export type VectorEncoding = 'float32' | 'int8' | 'sign';

/** Bytes stored for one vector of k coordinates, the float32 scale of int8 included. */
export function encodedBytes(encoding: VectorEncoding, k: number): number {
  switch (encoding) {
    case 'float32':
      return 4 * k;
    case 'int8':
      return k + 4;
    case 'sign':
      return Math.ceil(k / 8);
  }
}

/**
 * What is left of every row after storing it, in place, so that scores stay inner products. int8: rounded to 127ths of the
 * row's largest magnitude, at unit norm again. sign: ±2⁻ⁿ, zero counting as +2⁻ⁿ, the n that brings the norm nearest to 1: a
 * power of two, so that sums are exact and equal scores tie. Zero rows stay zero but under sign.
 * @param rows row-major, shape [count, k]
 */
export function encodeRows(rows: Float32Array, k: number, encoding: VectorEncoding): void {
  if (encoding === 'float32') return;
  if (encoding === 'sign') {
    const size = 2 ** -Math.round(Math.log2(k) / 2);
    for (let i = 0; i < rows.length; i++) rows[i] = rows[i] < 0 ? -size : size;
    return;
  }
  const values = new Int8Array(rows.length);
  quantizeRows(rows, k, 'kept', values, new Float32Array(rows.length / k));
  rows.set(values);
  for (let start = 0; start < rows.length; start += k) {
    const row = rows.subarray(start, start + k);
    let squares = 0;
    for (let i = 0; i < k; i++) squares += row[i] * row[i];
    if (squares === 0) continue;
    const norm = Math.sqrt(squares);
    for (let i = 0; i < k; i++) row[i] /= norm;
  }
}
