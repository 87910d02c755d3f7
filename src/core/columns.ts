import type { Floats } from './vector.ts';

/** The named columns of a row-major [count, dim] matrix, as [count, indices.length], of the same class. */
export function keepColumns<Matrix extends Floats>(rows: Matrix, dim: number, indices: Uint32Array): Matrix;
export function keepColumns(rows: Floats, dim: number, indices: Uint32Array): Floats {
  const count = rows.length / dim;
  const length = count * indices.length;
  const kept = rows instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  for (let row = 0, at = 0; row < count; row++) {
    for (let j = 0; j < indices.length; j++, at++) kept[at] = rows[row * dim + indices[j]];
  }
  return kept;
}
