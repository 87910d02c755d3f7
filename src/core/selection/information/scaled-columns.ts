import { createNumpyNormals } from './mersenne-twister.ts';
import type { Floats } from '../../vector.ts';
import { numpyDeviation, numpyMeanMagnitude } from './numpy-deviation.ts';
import type { ColumnSlice } from '../logistic/transpose.ts';
import { BLOCK_ROWS, transpose } from '../logistic/transpose.ts';

/** Columns whose standard deviation is below this are not scaled: scikit-learn's `_handle_zeros_in_scale`. */
const MIN_DEVIATION = 10 * Number.EPSILON;
const MIN_DEVIATION_FLOAT32 = 10 * 2 ** -23;
const NOISE_SCALE = 1e-10;

/**
 * Some columns as `mutual_info_classif` prepares them: each divided by its standard deviation, without centring; float32
 * features in float32 arithmetic.
 * @param features row-major, shape [count, dim]
 * @returns column-major, shape [to − from, count]
 * @throws RangeError for a NaN or Infinity, naming its column
 */
export function scaledColumns(features: Floats, range: ColumnSlice): Float64Array {
  const { count, from, to } = range;
  const columns = transpose(features, range);
  const scratch = columns.slice(0, count);
  const minDeviation = columns instanceof Float32Array ? MIN_DEVIATION_FLOAT32 : MIN_DEVIATION;
  for (let column = 0; column < to - from; column++) {
    const values = columns.subarray(column * count, (column + 1) * count);
    const deviation = numpyDeviation(values, scratch);
    if (!Number.isFinite(deviation)) {
      throw new RangeError(`expected finite features, got others in column ${from + column}`);
    }
    const scale = deviation < minDeviation ? 1 : deviation;
    for (let i = 0; i < count; i++) values[i] /= scale;
  }
  return columns instanceof Float64Array ? columns : Float64Array.from(columns);
}

/**
 * Add the noise by which scikit-learn breaks ties, in place: normals of 1e-10 times the column's mean magnitude, or times
 * 1 where that is less. A column gets the same noise whichever range it is part of.
 * @param columns column-major, shape [to − from, count]
 * @param seed from 0 to 2^32 − 1
 */
export function addNoise(columns: Float64Array, range: ColumnSlice, seed: number): void {
  const { count, dim, from, to } = range;
  const scratch = new Float64Array(count);
  const scales = Float64Array.from({ length: to - from }, (_, column) => {
    const values = columns.subarray(column * count, (column + 1) * count);
    return NOISE_SCALE * Math.max(1, numpyMeanMagnitude(values, scratch));
  });
  // numpy draws row by row.
  const fillNormals = createNumpyNormals(seed);
  const rows = Array.from({ length: BLOCK_ROWS }, () => new Float64Array(dim));
  for (let first = 0; first < count; first += BLOCK_ROWS) {
    const rowCount = Math.min(BLOCK_ROWS, count - first);
    for (let row = 0; row < rowCount; row++) fillNormals(rows[row], from, to);
    for (let column = from; column < to; column++) {
      const offset = (column - from) * count + first;
      const scale = scales[column - from];
      for (let row = 0; row < rowCount; row++) columns[offset + row] += scale * rows[row][column];
    }
  }
}
