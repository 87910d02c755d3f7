import type { ScanQuery } from './scan-query.ts';

/**
 * The score of every vector: (vector · query.values) · scale · query.scale. Oracle of the WebAssembly kernel, which gives
 * the same bits: the inner product is a whole number below 2^31, exact in any order, and the scaling is done in float64.
 * @param vectors row-major, shape [count, query.dim] or longer
 * @param scales one a vector
 * @param scores written, the first count of them
 * O(count·dim), no allocation.
 */
export function scanPlain(
  vectors: Int8Array,
  scales: Float32Array,
  count: number,
  query: ScanQuery,
  scores: Float32Array,
): void {
  const { dim, values, scale } = query;
  for (let row = 0, at = 0; row < count; row++) {
    let sum = 0;
    for (let i = 0; i < dim; i++, at++) sum += vectors[at] * values[i];
    scores[row] = sum * scales[row] * scale;
  }
}
