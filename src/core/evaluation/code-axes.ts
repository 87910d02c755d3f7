import { rowCount } from '../vector.ts';

const MAX_INT8 = 127;

/**
 * Directions as int8 and a scale each.
 * @param vectors row-major, shape [any, dim], of unit length
 */
export function codeAxes(
  vectors: Float64Array,
  dim: number,
): { readonly axes: Int8Array; readonly scales: Float32Array } {
  const count = rowCount(vectors, dim);
  const axes = new Int8Array(vectors.length);
  const scales = new Float32Array(count);
  for (let axis = 0; axis < count; axis++) {
    const vector = vectors.subarray(axis * dim, (axis + 1) * dim);
    const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const coded = axes.subarray(axis * dim, (axis + 1) * dim);
    for (let i = 0; i < dim; i++) coded[i] = Math.round((vector[i] * MAX_INT8) / largest);
    // Of unit length again after rounding, so that what is left outside is no less than nothing.
    scales[axis] = 1 / Math.sqrt(coded.reduce((sum, value) => sum + value * value, 0));
  }
  return { axes, scales };
}
