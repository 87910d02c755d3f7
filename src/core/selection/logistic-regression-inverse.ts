import { crossScatter } from '../linear-algebra/kernels/fast-products.ts';
import type { L2Problem, Preconditioner } from './logistic-regression.ts';

/** Rows scaled at once: few enough not to copy the matrix, many beside the work of a sum. */
const BLOCK_ROWS = 2000;

/**
 * The inverse of the Hessian I + Σ curvatureᵢ·(xᵢ, 1)(xᵢ, 1)ᵀ, in which the intercept, last, has no penalty.
 * @returns row-major, shape [dim + 1, dim + 1]; only the lower triangle is filled
 * O(count·dim²/2 + dim³/2).
 */
export function inverseHessian(problem: L2Problem, curvatures: Float64Array): Float64Array {
  const hessian = hessianOf(problem, curvatures);
  invertPositiveDefinite(hessian, problem.dim + 1);
  return hessian;
}

function hessianOf({ rows, count, dim }: L2Problem, curvatures: Float64Array): Float64Array {
  const width = dim + 1;
  const hessian = new Float64Array(width * width);
  const zeros = new Float64Array(width);
  const block = new Float64Array(Math.min(count, BLOCK_ROWS) * width);
  for (let first = 0; first < count; first += BLOCK_ROWS) {
    const blockRows = Math.min(BLOCK_ROWS, count - first);
    for (let row = first, at = 0; row < first + blockRows; row++) {
      const scale = Math.sqrt(curvatures[row]);
      for (let j = 0; j < dim; j++, at++) block[at] = scale * rows[row * dim + j];
      block[at++] = scale;
    }
    const scaled = block.subarray(0, blockRows * width);
    const products = crossScatter(scaled, scaled, width, zeros, zeros);
    for (let at = 0; at < hessian.length; at++) hessian[at] += products[at];
  }
  for (let i = 0; i < dim; i++) hessian[i * width + i] += 1;
  // Where no row has any curvature left the intercept has none; positive is all that a preconditioner must be.
  const last = hessian.length - 1;
  hessian[last] += Number.EPSILON * hessian[last] + Number.MIN_VALUE;
  return hessian;
}

/**
 * Invert in place by the symmetric sweep operator (Goodnight 1979). Only the lower triangle is read and written.
 * O(width³/2).
 */
function invertPositiveDefinite(a: Float64Array, width: number): void {
  const column = new Float64Array(width);
  for (let pivot = 0; pivot < width; pivot++) {
    const size = a[pivot * width + pivot];
    copyColumn(a, width, pivot, column);
    subtractOuter(a, width, column, size);
    for (let j = 0; j < pivot; j++) a[pivot * width + j] = column[j] / size;
    for (let i = pivot + 1; i < width; i++) a[i * width + pivot] = column[i] / size;
    a[pivot * width + pivot] = -1 / size;
  }
  for (let i = 0; i < a.length; i++) a[i] = -a[i];
}

/** One column of a symmetric matrix of which the lower triangle is kept. */
function copyColumn(a: Float64Array, width: number, at: number, out: Float64Array): void {
  for (let j = 0; j < at; j++) out[j] = a[at * width + j];
  for (let i = at; i < width; i++) out[i] = a[i * width + at];
}

/** a −= column·columnᵀ / size, lower triangle. */
function subtractOuter(a: Float64Array, width: number, column: Float64Array, size: number): void {
  for (let i = 0; i < width; i++) {
    const factor = column[i] / size;
    if (factor === 0) continue;
    const offset = i * width;
    for (let j = 0; j <= i; j++) a[offset + j] -= factor * column[j];
  }
}

/**
 * Take features out of an inverse Hessian, and out of the parameters by moving the others to where the quadratic that
 * it describes has its minimum without them: M − m_e m_eᵀ/M_ee and w − m_e w_e/M_ee, one feature e after another.
 * @param inverse lower triangle, shape [width, width]; spoilt
 * @param parameters length width; spoilt
 * @param leaving positions to take out
 * @param stay the others, ascending, with the intercept's
 * O(width²/2) a feature.
 */
export function takeOut(
  inverse: Float64Array,
  parameters: Float64Array,
  leaving: Uint32Array,
  stay: Uint32Array,
): { readonly inverse: Float64Array; readonly parameters: Float64Array } {
  const width = parameters.length;
  const column = new Float64Array(width);
  for (const at of leaving) {
    copyColumn(inverse, width, at, column);
    const size = column[at];
    const share = parameters[at] / size;
    for (let j = 0; j < width; j++) parameters[j] -= share * column[j];
    subtractOuter(inverse, width, column, size);
  }
  const left = stay.length;
  const kept = new Float64Array(left * left);
  for (let i = 0; i < left; i++) {
    for (let j = 0; j <= i; j++) kept[i * left + j] = inverse[stay[i] * width + stay[j]];
  }
  return { inverse: kept, parameters: Float64Array.from(stay, (at) => parameters[at]) };
}

/** Multiplication by a symmetric matrix of which the lower triangle is kept. */
export function symmetricProduct(a: Float64Array, width: number): Preconditioner {
  return (v, out) => {
    for (let i = 0; i < width; i++) {
      const offset = i * width;
      const value = v[i];
      let sum = 0;
      for (let j = 0; j < i; j++) {
        sum += a[offset + j] * v[j];
        out[j] += a[offset + j] * value;
      }
      out[i] = sum + a[offset + i] * value;
    }
  };
}
