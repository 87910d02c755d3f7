import type { CrossMoments } from '../../linear-algebra/moments.ts';
import { addToCrossMoments, createCrossMoments } from '../../linear-algebra/moments.ts';
import { symmetricEigen } from '../../linear-algebra/symmetric-eigen.ts';
import type { Floats } from '../../vector.ts';

export interface CrossCovarianceMap {
  /** Row-major, shape [k, dim]: orthonormal rows, the largest eigenvalue first. */
  readonly map: Float32Array;
  /** Length k, descending: the covariance of the images' and the texts' coordinate along each axis. */
  readonly eigenvalues: Float64Array;
  /** How many of all dim eigenvalues are positive beyond rounding; axes after those do not help, or do harm. */
  readonly positiveCount: number;
}

/**
 * The k axes along which the image and the text of a pair vary together: eigenvectors of the largest eigenvalues of
 * (XᵀY + YᵀX)/2n. One map serves both modalities, so it is symmetrised, where canonical correlation would give two.
 * @param images row-major, shape [count, dim], centred by their training mean
 * @param texts same shape; row i belongs to row i of the images. Uncentred ones put the product of the means in front
 * @throws RangeError for no rows, unequal shapes, NaN or Infinity, or k below 1 or beyond dim
 * O(count·dim² + dim³), float64.
 */
export function crossCovarianceMap(
  images: Floats,
  texts: Floats,
  dim: number,
  k: number,
): CrossCovarianceMap {
  const moments = createCrossMoments(dim);
  addToCrossMoments(moments, images, texts);
  const { count, meanX, meanY, scatter } = moments;
  // The scatter was taken about the means; the formula is about zero.
  for (let i = 0, at = 0; i < dim; i++) {
    for (let j = 0; j < dim; j++, at++) scatter[at] += count * meanX[i] * meanY[j];
  }
  return crossCovarianceMapOfMoments(moments, k);
}

/**
 * The same from moments gathered shard by shard from embeddings as they are: the moments themselves centre them.
 * @throws RangeError for moments of no rows, or k below 1 or beyond dim
 */
export function crossCovarianceMapOfMoments(
  { count, meanX, scatter }: CrossMoments,
  k: number,
): CrossCovarianceMap {
  const dim = meanX.length;
  if (count === 0) throw new RangeError('expected at least one row, got none');
  if (!Number.isInteger(k) || k < 1 || k > dim) {
    throw new RangeError(`expected k from 1 to ${dim}, got ${k}`);
  }
  const symmetric = new Float64Array(dim * dim);
  for (let i = 0; i < dim; i++) {
    for (let j = i; j < dim; j++) {
      const sum = scatter[i * dim + j] + scatter[j * dim + i];
      symmetric[i * dim + j] = symmetric[j * dim + i] = sum / (2 * count);
    }
  }
  const { values, vectors } = symmetricEigen(symmetric, dim, { vectors: k });
  const rounding = dim * Number.EPSILON * Math.max(values[0], -values[dim - 1]);
  return {
    map: Float32Array.from(vectors),
    eigenvalues: values.slice(0, k),
    positiveCount: values.filter((value) => value > rounding).length,
  };
}
