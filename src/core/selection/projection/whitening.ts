import { crossScatter } from '../../linear-algebra/kernels/fast-products.ts';
import { symmetricEigen } from '../../linear-algebra/symmetric-eigen.ts';
import type { Floats } from '../../vector.ts';
import { rowCount } from '../../vector.ts';

/** What the whitened maps are fitted on: all matrices row-major, of `dim` columns, finite, centred by their training means. */
export interface PairedRows {
  /** Each image and each caption once. */
  readonly images: Floats;
  readonly texts: Floats;
  /** Row i of one belongs to row i of the other. */
  readonly pairedImages: Floats;
  readonly pairedTexts: Floats;
  readonly dim: number;
}

/** A covariance as its spectrum. */
export interface Spectrum {
  /** Length dim, never negative. */
  readonly variances: Float64Array;
  /** Row-major, shape [dim, dim]: orthonormal rows, one a variance. */
  readonly axes: Float64Array;
}

/**
 * The spectrum of Σ x xᵀ / n over the rows of all parts.
 * @throws RangeError for no rows, or numbers that are not finite
 * O(rows·dim² + dim³)
 */
export function covarianceSpectrum(parts: readonly Floats[], dim: number): Spectrum {
  const zero = new Float64Array(dim);
  return spectrumOfSums(
    parts.map((rows) => ({ count: rowCount(rows, dim), sums: crossScatter(rows, rows, dim, zero, zero) })),
    dim,
  );
}

/** Σ x xᵀ over so many rows: row-major, shape [dim, dim]. */
export interface ProductSums {
  readonly count: number;
  readonly sums: Float64Array;
}

/** `PairedRows`, summed. */
export interface PairedSums {
  readonly images: ProductSums;
  readonly texts: ProductSums;
  /** Σ text imageᵀ over the pairs. */
  readonly textByImage: ProductSums;
  readonly dim: number;
}

/** `covarianceSpectrum` of rows that were summed already. @throws RangeError for no rows */
export function spectrumOfSums(parts: readonly ProductSums[], dim: number): Spectrum {
  const covariance = new Float64Array(dim * dim);
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  if (count === 0) throw new RangeError('expected at least one row, got none');
  for (const { sums } of parts) {
    for (let i = 0; i < sums.length; i++) covariance[i] += sums[i] / count;
  }
  const { values, vectors } = symmetricEigen(covariance, dim);
  return { variances: values.map((value) => Math.max(0, value)), axes: vectors };
}

/**
 * What scales each axis to variance 1 under a ridge: 1 / sqrt(variance + ridge · mean variance); 0 where nothing varies.
 * @param ridge at least 0
 */
export function whiteningScales({ variances }: Spectrum, ridge: number): Float64Array {
  const mean = variances.reduce((sum, variance) => sum + variance, 0) / variances.length;
  // Below this a variance without a ridge is a rounding error, as in a pseudo-inverse.
  const least = variances.length * Number.EPSILON * variances[0];
  return variances.map((variance) => {
    const ridged = variance + ridge * mean;
    return ridged > least ? 1 / Math.sqrt(ridged) : 0;
  });
}

/**
 * Σ image textᵀ / n over pairs, its rows in the axes of one spectrum and its columns in those of another.
 * @returns row-major, shape [dim, dim]
 * @throws RangeError for no rows or unequal shapes
 */
export function crossCovarianceInAxes(
  { pairedImages, pairedTexts, dim }: PairedRows,
  imageAxes: Float64Array,
  textAxes: Float64Array,
): Float64Array {
  const count = rowCount(pairedImages, dim);
  if (pairedTexts.length !== pairedImages.length) {
    throw new RangeError(
      `expected two matrices of one shape, got ${pairedImages.length} and ${pairedTexts.length} elements`,
    );
  }
  const zero = new Float64Array(dim);
  const textByImage = crossScatter(pairedTexts, pairedImages, dim, zero, zero);
  return productInAxes({ count, sums: textByImage }, dim, imageAxes, textAxes);
}

/**
 * `crossCovarianceInAxes` of pairs that were summed already.
 * @param textByImage Σ text imageᵀ over the pairs
 * @throws RangeError for no pairs
 */
export function productInAxes(
  { count, sums: textByImage }: ProductSums,
  dim: number,
  imageAxes: Float64Array,
  textAxes: Float64Array,
): Float64Array {
  if (count === 0) throw new RangeError('expected at least one row, got none');
  const zero = new Float64Array(dim);
  const product = (a: Floats, b: Floats): Float64Array => crossScatter(a, b, dim, zero, zero);
  // AᵀB is what there is a kernel for: (textsᵀ·images)ᵀ by the axes of the texts, then those of the images by that.
  const byTextAxis = product(textByImage, transposed(textAxes, dim));
  const axisByAxis = product(transposed(imageAxes, dim), byTextAxis);
  return axisByAxis.map((sum) => sum / count);
}

/**
 * diag(rowScales) · matrix · diag(columnScales).
 * @param matrix row-major, shape [rowScales.length, columnScales.length]
 */
export function scaledBothWays(
  matrix: Float64Array,
  rowScales: Float64Array,
  columnScales: Float64Array,
): Float64Array {
  const scaled = new Float64Array(matrix.length);
  for (let i = 0, at = 0; i < rowScales.length; i++) {
    for (let j = 0; j < columnScales.length; j++, at++)
      scaled[at] = rowScales[i] * matrix[at] * columnScales[j];
  }
  return scaled;
}

/** @param matrix row-major, shape [dim, dim] */
export function transposed(matrix: Float64Array, dim: number): Float64Array {
  const result = new Float64Array(dim * dim);
  for (let i = 0; i < dim; i++) for (let j = 0; j < dim; j++) result[j * dim + i] = matrix[i * dim + j];
  return result;
}

/**
 * Rows in scaled axes as a map from the embedding: row · diag(scales) · axes, each times its weight.
 * @param rows row-major, shape [weights.length, dim]
 * @returns row-major, shape [weights.length, dim]
 */
export function mapFromAxes(
  rows: Floats,
  scales: Float64Array,
  { axes }: Spectrum,
  weights: Float64Array,
): Float32Array {
  const dim = scales.length;
  const weighted = new Float64Array(weights.length * dim);
  for (let row = 0, at = 0; row < weights.length; row++) {
    for (let i = 0; i < dim; i++, at++) weighted[at] = weights[row] * rows[at] * scales[i];
  }
  return Float32Array.from(timesSquare(weighted, axes, dim));
}

/**
 * rows · square, by the kernel for AᵀB, which multiplies square matrices only: what is missing of the rows is zeros.
 * @param rows row-major, shape [any, dim]
 * @param square row-major, shape [dim, dim]
 * @returns of the shape of `rows`
 */
export function timesSquare(rows: Float64Array, square: Float64Array, dim: number): Float64Array {
  const count = rows.length / dim;
  const zero = new Float64Array(dim);
  const product = new Float64Array(rows.length);
  for (let start = 0; start < count; start += dim) {
    const part = rows.subarray(start * dim, Math.min(count, start + dim) * dim);
    const padded = new Float64Array(dim * dim);
    padded.set(part);
    const all = crossScatter(transposed(padded, dim), square, dim, zero, zero);
    product.set(all.subarray(0, part.length), start * dim);
  }
  return product;
}

/** @throws RangeError unless k is a whole number from 1 to dim, and the ridge is at least 0 */
export function assertMapArguments(k: number, dim: number, ridge: number): void {
  if (!Number.isInteger(k) || k < 1 || k > dim) throw new RangeError(`expected k from 1 to ${dim}, got ${k}`);
  if (!(ridge >= 0 && ridge < Infinity)) throw new RangeError(`expected a ridge of at least 0, got ${ridge}`);
}
