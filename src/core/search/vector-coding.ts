import { type Floats, dot, rowCount } from '../vector.ts';
import { quantizeRows } from './int8-rows.ts';

/**
 * How full vectors are written as int8: what is rounded is (vector - mean) / spread, coordinate by coordinate. Embeddings of CLIP
 * have a few coordinates many times as large as the others, and nearly the same in all vectors; rounded to 127ths of those, the
 * others would keep a few levels. Length dim each; `spread` above 0.
 */
export interface VectorCoding {
  readonly mean: Float32Array;
  readonly spread: Float32Array;
}

/** Numbers as they stand in a manifest: so many digits are plenty, and both sides use the very same. */
const DIGITS = 6;
/** Of the root mean square: a coordinate that hardly varies where the coding was fitted may vary more later. */
const LEAST_SPREAD = 0.25;

/** Fits a coding to vectors that come in parts. */
export interface CodingFit {
  /** @param rows row-major, shape [count, dim], finite */
  add(rows: Float32Array): void;
  /** Of the rows so far: to go on from elsewhere. */
  moments(): CodingMoments;
  /** Without any rows: nothing is moved or scaled. */
  finish(): VectorCoding;
}

/** Sums over rows and over their squares, length dim each. */
export interface CodingMoments {
  readonly count: number;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/** Mean and standard deviation of every coordinate; sums in float64. @param before of the rows that came before, to go on from */
export function fitCoding(dim: number, before?: CodingMoments): CodingFit {
  const sums = before?.sums.slice() ?? new Float64Array(dim);
  const squares = before?.squares.slice() ?? new Float64Array(dim);
  let count = before?.count ?? 0;
  return {
    add(rows) {
      count += rowCount(rows, dim);
      for (let at = 0; at < rows.length; at += dim) {
        for (let i = 0; i < dim; i++) {
          sums[i] += rows[at + i];
          squares[i] += rows[at + i] * rows[at + i];
        }
      }
    },
    moments: () => ({ count, sums: sums.slice(), squares: squares.slice() }),
    finish() {
      if (count === 0) return plainCoding(dim);
      const variances = sums.map((sum, i) => Math.max(0, squares[i] / count - (sum / count) ** 2));
      const least =
        LEAST_SPREAD * Math.sqrt(variances.reduce((total, variance) => total + variance, 0) / dim);
      return {
        mean: Float32Array.from(sums, (sum) => rounded(sum / count)),
        // A single vector, or equal ones, vary nowhere.
        spread: Float32Array.from(variances, (variance) =>
          rounded(Math.max(least, Math.sqrt(variance)) || 1),
        ),
      };
    },
  };
}

/** Nothing is moved or scaled. */
export function plainCoding(dim: number): VectorCoding {
  return { mean: new Float32Array(dim), spread: new Float32Array(dim).fill(1) };
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/**
 * Write unit vectors as int8 rows with a scale each. The scale is the one, close to that of the rounding, which makes the vector that
 * the row stands for a unit vector again, so that inner products with it are cosines.
 * @param embeddings row-major, shape [count, dim], each row of unit norm; overwritten
 * @param values written, row-major, shape [count, dim]
 * @param scales written, length count
 */
export function encodeVectorsInto(
  coding: VectorCoding,
  embeddings: Float32Array,
  values: Int8Array,
  scales: Float32Array,
): void {
  const { mean, spread } = coding;
  const dim = mean.length;
  for (let at = 0; at < embeddings.length; at += dim) {
    for (let i = 0; i < dim; i++) embeddings[at + i] = (embeddings[at + i] - mean[i]) / spread[i];
  }
  quantizeRows(embeddings, dim, 'kept', values, scales);
  for (let row = 0; row < scales.length; row++) {
    scales[row] = unitScale(coding, values, row * dim, scales[row]);
  }
}

/** A scale further off than this would not be the same vector any more; then its length is left as it is. */
const FARTHEST_SCALE = 0.1;

/** The root nearest to `scale` of |mean + x · spread ⊙ row|² = 1, or `scale` when there is none near. */
function unitScale({ mean, spread }: VectorCoding, rows: Int8Array, offset: number, scale: number): number {
  let squares = 0;
  let product = 0;
  let rest = -1;
  for (let i = 0; i < mean.length; i++) {
    const value = spread[i] * rows[offset + i];
    squares += value * value;
    product += mean[i] * value;
    rest += mean[i] * mean[i];
  }
  const discriminant = product * product - squares * rest;
  if (squares === 0 || discriminant < 0) return scale;
  const roots = [1, -1].map((sign) => (sign * Math.sqrt(discriminant) - product) / squares);
  const nearest = Math.abs(roots[0] - scale) <= Math.abs(roots[1] - scale) ? roots[0] : roots[1];
  return Math.abs(nearest - scale) <= FARTHEST_SCALE * scale ? nearest : scale;
}

/** The unit vector that a row stands for; a zero one stays. @returns length dim */
export function decodeVector(
  { mean, spread }: VectorCoding,
  rows: Int8Array,
  offset: number,
  scale: number,
): Float32Array {
  const vector = Float32Array.from(mean, (value, i) => value + spread[i] * scale * rows[offset + i]);
  const norm = Math.sqrt(dot(vector, 0, vector, 0, vector.length));
  return norm === 0 ? vector : vector.map((value) => value / norm);
}

/** An inner product with vectors, as one with their rows: row · vector · scale + constant. */
export interface CodedQuery {
  /** Length dim. */
  readonly vector: Float64Array;
  readonly constant: number;
}

/** @param query length dim */
export function codeQuery({ mean, spread }: VectorCoding, query: Floats): CodedQuery {
  return {
    vector: Float64Array.from(query, (value, i) => value * spread[i]),
    constant: dot(query, 0, mean, 0, query.length),
  };
}
