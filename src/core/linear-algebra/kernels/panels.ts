import type { Floats } from '../../vector.ts';
import type { LinearKernels } from './load.ts';

/** Columns of a panel, the unit in which `packPanels` lays out rows. */
export const PANEL_WIDTH = 4;

/** Copy rows into the memory of the kernels. @returns 1 for float64, 0 for float32, as the kernels want it told */
export function stage(kernels: LinearKernels, rows: Floats, source: number): number {
  const wide = rows instanceof Float64Array;
  const view = wide ? Float64Array : Float32Array;
  new view(kernels.memory.buffer, source, rows.length).set(rows);
  return wide ? 1 : 0;
}

/** Rows `row` to `row + count` of a row-major matrix, centred and packed into panels at `target`. */
export function packRows(
  kernels: LinearKernels,
  matrix: Floats,
  dim: number,
  row: number,
  count: number,
  mean: number,
  source: number,
  target: number,
): void {
  const wide = stage(kernels, matrix.subarray(row * dim, (row + count) * dim), source);
  kernels.packPanels(source, wide, count, dim, mean, target);
}

/** The first `dim` rows and columns of a matrix whose rows are `stride` apart. */
export function unpadded(padded: Float64Array, stride: number, dim: number): Float64Array {
  const result = new Float64Array(dim * dim);
  for (let i = 0; i < dim; i++) result.set(padded.subarray(i * stride, i * stride + dim), i * dim);
  return result;
}
