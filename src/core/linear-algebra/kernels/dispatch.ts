import type { Floats } from '../../vector.ts';
import { plainCrossScatter } from '../plain-products.ts';
import type { TridiagonalForm } from '../tridiagonal-form.ts';
import { plainApplyReflectors, plainTridiagonalForm } from '../tridiagonal-form.ts';

/** `plainCrossScatter`, by the fastest kernel there is. */
export function crossScatter(
  x: Floats,
  y: Floats,
  dim: number,
  meanX: Float64Array,
  meanY: Float64Array,
): Float64Array {
  return plainCrossScatter(x, y, dim, meanX, meanY);
}

/** `plainTridiagonalForm`, by the fastest kernel there is. */
export function tridiagonalForm(matrix: Float64Array, size: number): TridiagonalForm {
  return plainTridiagonalForm(matrix, size);
}

/** `plainApplyReflectors`, by the fastest kernel there is. */
export function applyReflectors(form: TridiagonalForm, vectors: Float64Array): void {
  plainApplyReflectors(form, vectors);
}
