import type { Floats } from '../vector.ts';
import { rowCount } from '../vector.ts';

/**
 * Population variance of every column, exactly 0 for a constant one.
 * @param features row-major, shape [count, dim], finite, at least one row
 * @returns length dim, in float64: two passes, so that a large mean costs no digits
 * @throws RangeError when there are no rows or length % dim !== 0
 */
export function columnVariances(features: Floats, dim: number): Float64Array {
  const count = rowCount(features, dim);
  if (count === 0) throw new RangeError('expected at least one row, got none');
  // Shifted by the first row: the mean of equal numbers is then that number, to the last bit.
  const means = new Float64Array(dim);
  for (let row = 0, at = 0; row < count; row++) {
    for (let column = 0; column < dim; column++, at++) means[column] += features[at] - features[column];
  }
  for (let column = 0; column < dim; column++) means[column] = features[column] + means[column] / count;
  const variances = new Float64Array(dim);
  for (let row = 0, at = 0; row < count; row++) {
    for (let column = 0; column < dim; column++, at++) {
      const deviation = features[at] - means[column];
      variances[column] += deviation * deviation;
    }
  }
  for (let column = 0; column < dim; column++) variances[column] /= count;
  return variances;
}
