import { columnMeans, dot, rowCount } from '../vector.ts';
import { unitGradient } from './transformer-block.ts';

/**
 * Exact shares: of an encoder whose embedding is the mean of its patches' projected tokens, direction·(unit embedding) is the sum of
 * what the patches add to it: direction·p / (patches·|mean|) each.
 * @param patches row-major, shape [count, dim], not normalised
 * @param direction length dim
 * @returns one number a patch; they sum to direction·(unit embedding)
 * @throws RangeError when the rows are not of the direction's length, or their mean has no length
 */
export function patchShares(patches: Float32Array, direction: Float32Array): Float32Array {
  const dim = direction.length;
  const count = rowCount(patches, dim);
  const sum = new Float64Array(dim);
  for (let at = 0; at < patches.length; at++) sum[at % dim] += patches[at];
  const norm = Math.sqrt(dot(sum, 0, sum, 0, dim));
  if (!(norm > 0)) throw new RangeError(`expected patches whose mean has a positive norm, got ${norm}`);
  return Float32Array.from({ length: count }, (_, i) => dot(patches, i * dim, direction, 0, dim) / norm);
}

/**
 * Grad-CAM of such an encoder, at its patches' projected tokens: ReLU(g·p), with g the score's gradient by each of them, which is the
 * same for all as their mean is what is read. Where shares tell what a patch adds, this tells what more of it would add.
 * Source: Selvaraju et al. 2017 (arXiv 1610.02391), equations 1 and 2.
 * @returns one number a patch, at least 0
 * @throws RangeError as `patchShares`
 */
export function patchGradCam(patches: Float32Array, direction: Float32Array): Float32Array {
  const dim = direction.length;
  const mean = columnMeans(patches, dim);
  const gradient = unitGradient(mean, direction);
  const count = rowCount(patches, dim);
  return Float32Array.from({ length: count }, (_, i) =>
    Math.max(0, dot(patches, i * dim, gradient, 0, dim) / count),
  );
}
