import type { CrossMoments } from '../linear-algebra/moments.ts';
import { addToCrossMoments, createCrossMoments } from '../linear-algebra/moments.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import type { Floats } from '../vector.ts';

export interface CrossCovarianceMap {
  /** Row-major, shape [k, dim]: orthonormal rows, the largest eigenvalue first. */
  readonly map: Float32Array;
  /** Length k, descending: the covariance of the images' and the texts' coordinate along each axis. */
  readonly eigenvalues: Float64Array;
  /** Axes of all dim with a positive eigenvalue. Beyond them images and texts disagree, and an axis costs recall. */
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
  return axesOf(moments, k, (i, j) => moments.count * moments.meanX[i] * moments.meanY[j]);
}

/**
 * The same from moments gathered shard by shard from embeddings as they are: the moments themselves centre them.
 * @throws RangeError for moments of no rows, or k below 1 or beyond dim
 */
export function crossCovarianceMapOfMoments(moments: CrossMoments, k: number): CrossCovarianceMap {
  return axesOf(moments, k, () => 0);
}

/** @param meanTerm what to add to an entry of the scatter: it was taken about the means */
function axesOf(
  { count, meanX, scatter }: CrossMoments,
  k: number,
  meanTerm: (i: number, j: number) => number,
): CrossCovarianceMap {
  const dim = meanX.length;
  if (count === 0) throw new RangeError('expected at least one row, got none');
  if (!Number.isInteger(k) || k < 1 || k > dim) {
    throw new RangeError(`expected k from 1 to ${dim}, got ${k}`);
  }
  const symmetric = new Float64Array(dim * dim);
  for (let i = 0; i < dim; i++) {
    for (let j = i; j < dim; j++) {
      const sum = scatter[i * dim + j] + scatter[j * dim + i] + meanTerm(i, j) + meanTerm(j, i);
      symmetric[i * dim + j] = symmetric[j * dim + i] = sum / (2 * count);
    }
  }
  const { values, vectors } = symmetricEigen(symmetric, dim, { vectors: k });
  return {
    map: Float32Array.from(vectors),
    eigenvalues: values.slice(0, k),
    positiveCount: values.filter((value) => value > 0).length,
  };
}
