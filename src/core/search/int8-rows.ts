import { rowCount } from '../vector.ts';

const INT8_MAX = 127;

/**
 * Round every row to 127ths of its largest magnitude, halves towards +∞. A row is about scale · values; a zero row gives
 * zeros and scale 0.
 * @param rows row-major, shape [count, dim], all finite
 * @param length what the stored row keeps: 'unit' makes its L2 norm 1 (scale = 1 / norm of the whole numbers), so that inner
 *   products are cosines; 'kept' leaves the length as it was (scale = largest / 127)
 * @param values written, row-major, shape [count, dim], from -127 to 127
 * @param scales written, length count
 * @throws RangeError on broken shapes or a number that is not finite
 * O(count·dim), no allocation.
 */
export function quantizeRows(
  rows: Float32Array,
  dim: number,
  length: 'unit' | 'kept',
  values: Int8Array,
  scales: Float32Array,
): void {
  const count = rowCount(rows, dim);
  if (values.length !== rows.length || scales.length !== count) {
    throw new RangeError(
      `expected room for ${rows.length} values and ${count} scales, got ${values.length} and ${scales.length}`,
    );
  }
  for (let row = 0; row < count; row++) {
    const start = row * dim;
    const end = start + dim;
    let largest = 0;
    // A comparison that NaN fails would let it through; the sum of magnitudes does not.
    let sum = 0;
    for (let i = start; i < end; i++) {
      const magnitude = Math.abs(rows[i]);
      sum += magnitude;
      if (magnitude > largest) largest = magnitude;
    }
    if (!Number.isFinite(sum)) throw new RangeError(`expected finite numbers, got others in row ${row}`);
    let squares = 0;
    for (let i = start; i < end; i++) {
      const value = largest === 0 ? 0 : Math.round((rows[i] / largest) * INT8_MAX);
      values[i] = value;
      squares += value * value;
    }
    if (largest === 0) scales[row] = 0;
    else scales[row] = length === 'unit' ? 1 / Math.sqrt(squares) : largest / INT8_MAX;
  }
}
