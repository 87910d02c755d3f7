/** A row-major matrix or a vector of either precision. Kernels read both and accumulate in float64. */
export type Floats = Float32Array | Float64Array;

/**
 * Inner product of `length` elements from each offset.
 * O(length), no allocation. Four running sums: shorter chains of additions, and a smaller rounding error than one.
 */
export function dot(a: Floats, aOffset: number, b: Floats, bOffset: number, length: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  const unrolled = length - (length % 4);
  let i = 0;
  for (; i < unrolled; i += 4) {
    sum0 += a[aOffset + i] * b[bOffset + i];
    sum1 += a[aOffset + i + 1] * b[bOffset + i + 1];
    sum2 += a[aOffset + i + 2] * b[bOffset + i + 2];
    sum3 += a[aOffset + i + 3] * b[bOffset + i + 3];
  }
  for (; i < length; i++) sum0 += a[aOffset + i] * b[bOffset + i];
  return sum0 + sum1 + (sum2 + sum3);
}

/**
 * Scale every row to unit L2 norm, in place.
 * @param embeddings row-major, shape [count, dim], all finite
 * @param dim elements a row, > 0
 * @throws RangeError if length % dim !== 0 or a row has zero or non-finite norm
 * O(count·dim), no allocation; accumulates in float64. Source: Radford et al. 2021, Fig. 3.
 */
export function normalizeRows(embeddings: Floats, dim: number): void {
  const count = rowCount(embeddings, dim);
  for (let row = 0; row < count; row++) {
    const offset = row * dim;
    const norm = Math.sqrt(dot(embeddings, offset, embeddings, offset, dim));
    if (norm === 0 || !Number.isFinite(norm)) {
      throw new RangeError(`expected a vector of positive finite norm, got norm ${norm} in row ${row}`);
    }
    for (let i = offset; i < offset + dim; i++) embeddings[i] /= norm;
  }
}

/**
 * Mean of every column.
 * @param rows row-major, shape [count, dim], at least one row
 * @returns length dim; summed in float64, stored in float32
 * @throws RangeError when there are no rows or length % dim !== 0
 */
export function columnMeans(rows: Floats, dim: number): Float32Array {
  const count = rowCount(rows, dim);
  if (count === 0) throw new RangeError('expected at least one row, got none');
  const sums = new Float64Array(dim);
  for (let row = 0, at = 0; row < count; row++) {
    for (let column = 0; column < dim; column++, at++) sums[column] += rows[at];
  }
  return Float32Array.from(sums, (sum) => sum / count);
}

/**
 * Cosine of the angle between two vectors, in [-1, 1]; 0 when either has zero norm.
 * @throws RangeError when the lengths differ
 */
export function cosineSimilarity(a: Floats, b: Floats): number {
  if (a.length !== b.length) {
    throw new RangeError(`expected vectors of one length, got ${a.length} and ${b.length}`);
  }
  const length = a.length;
  // Square roots first: the product of two squared norms leaves the range of float64 long before the norms do.
  const norms = Math.sqrt(dot(a, 0, a, 0, length)) * Math.sqrt(dot(b, 0, b, 0, length));
  if (norms === 0) return 0;
  return Math.min(1, Math.max(-1, dot(a, 0, b, 0, length) / norms));
}

/** Copy the given rows, in the given order, out of a row-major [count, dim] matrix. */
export function gatherRows(rows: Float32Array, dim: number, indices: ArrayLike<number>): Float32Array {
  const gathered = new Float32Array(indices.length * dim);
  for (let i = 0; i < indices.length; i++) {
    gathered.set(rows.subarray(indices[i] * dim, (indices[i] + 1) * dim), i * dim);
  }
  return gathered;
}

/** @throws RangeError unless `dim` is a whole number of at least 1 that divides the length */
export function rowCount(rows: { readonly length: number }, dim: number): number {
  if (!Number.isInteger(dim) || dim < 1 || rows.length % dim !== 0) {
    throw new RangeError(`expected whole rows of ${dim} elements, got ${rows.length} elements`);
  }
  return rows.length / dim;
}
