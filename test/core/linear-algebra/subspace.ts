import type { Floats } from '../../../src/core/vector.ts';
import { dot } from '../../../src/core/vector.ts';

/**
 * Sine of the largest angle between two subspaces of one dimension, from above: the Frobenius norm of what is left of one
 * basis after projecting on the other.
 * @param a row-major, shape [k, dim], orthonormal rows
 * @param b same shape
 */
export function subspaceAngle(a: Floats, b: Floats, dim: number): number {
  const left = Float64Array.from(a);
  for (let at = 0; at < left.length; at += dim) {
    for (let other = 0; other < b.length; other += dim) {
      const share = dot(a, at, b, other, dim);
      for (let i = 0; i < dim; i++) left[at + i] -= share * b[other + i];
    }
  }
  return Math.sqrt(left.reduce((sum, value) => sum + value * value, 0));
}

/** Largest |⟨row i, row j⟩ − (i = j)|. */
export function orthonormalityDefect(rows: Floats, dim: number): number {
  let worst = 0;
  for (let i = 0; i < rows.length; i += dim) {
    for (let j = 0; j <= i; j += dim)
      worst = Math.max(worst, Math.abs(dot(rows, i, rows, j, dim) - (i === j ? 1 : 0)));
  }
  return worst;
}
