import { dot, rowCount } from '../vector.ts';

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
