import type { Floats } from '../../vector.ts';
import { rowCount } from '../../vector.ts';
import type { ClassMoments } from './class-moments.ts';
import { addToClassMoments, createClassMoments, sumsOfSquares } from './class-moments.ts';

/**
 * Population variance of every column, exactly 0 for a constant one.
 * @param features row-major, shape [count, dim], finite, at least one row
 * @returns length dim, in float64: measured from the first row, so that a large mean costs no digits
 * @throws RangeError when there are no rows, length % dim !== 0, or a column holds a NaN or Infinity
 */
export function columnVariances(features: Floats, dim: number): Float64Array {
  const count = rowCount(features, dim);
  const moments = createClassMoments(dim);
  addToClassMoments(moments, features, new Uint8Array(count));
  return variancesFromMoments(moments);
}

/** `columnVariances` of all rows that the moments took in, whatever their class. @throws RangeError for no rows */
export function variancesFromMoments(moments: ClassMoments): Float64Array {
  const { count, within, between } = sumsOfSquares(moments);
  return within.map((sum, column) => (sum + between[column]) / count);
}
