import type { SymmetricDowndate } from '../../linear-algebra/kernels/symmetric-downdate.ts';
import { symmetricDowndate } from '../../linear-algebra/kernels/symmetric-downdate.ts';
import { dot } from '../../vector.ts';
import type { L2Problem } from './logistic-regression-passes.ts';
import type { Preconditioner } from './logistic-regression.ts';

/** Pivots swept at once: many enough for a product of matrices, few enough for their own little system. */
const PIVOTS = 32;

/**
 * The inverse of the Hessian I + Σ curvatureᵢ·(xᵢ, 1)(xᵢ, 1)ᵀ, in which the intercept, last, has no penalty.
 * @returns row-major, shape [dim + 1, dim + 1], symmetric; null where rounding leaves it not positive definite
 * O(count·dim²/2 + dim³/2).
 */
export function inverseHessian(problem: L2Problem, curvatures: Float64Array): Float64Array | null {
  return invertPositiveDefinite(hessianOf(problem, curvatures), problem.rows.dim + 1);
}

function hessianOf({ rows }: L2Problem, curvatures: Float64Array): Float64Array {
  const { dim } = rows;
  const hessian = rows.scatter(curvatures.map(Math.sqrt));
  for (let i = 0; i < dim; i++) hessian[i * (dim + 1) + i] += 1;
  // Where no row has any curvature left the intercept has none; positive is all that a preconditioner must be.
  const last = hessian.length - 1;
  hessian[last] += Number.EPSILON * hessian[last] + Number.MIN_VALUE;
  return hessian;
}

/**
 * By the symmetric sweep operator (Goodnight 1979), a block of pivots P at a time: with B = L⁻¹·A_P and LLᵀ = A_PP the
 * rest becomes A − BᵀB, the pivots' rows A_PP⁻¹·A_P, and their own block −A_PP⁻¹; in the end −A is the inverse.
 * @returns null where a block is not positive definite
 * O(width³/2).
 */
function invertPositiveDefinite(matrix: Float64Array, width: number): Float64Array | null {
  const a = symmetricDowndate(matrix, width, PIVOTS);
  for (let first = 0; first < width; first += PIVOTS) {
    const pivots = Uint32Array.from({ length: Math.min(PIVOTS, width - first) }, (_, i) => first + i);
    const size = pivots.length;
    const rows = rowsOf(a, width, pivots);
    const factor = choleskyFactor(rows, width, pivots);
    if (factor === null) return null;
    solveLower(factor, size, rows, width);
    a.subtractSquare(rows);
    solveUpper(factor, size, rows, width);
    const own = inverseOf(factor, size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) rows[i * width + first + j] = -own[i * size + j];
      a.writeRow(first + i, rows, i * width);
    }
  }
  return a.end(Uint32Array.from({ length: width }, (_, i) => i)).map((x) => -x);
}

function rowsOf(a: SymmetricDowndate, width: number, numbers: Uint32Array): Float64Array {
  const rows = new Float64Array(numbers.length * width);
  numbers.forEach((number, i) => a.readRow(number, rows, i * width));
  return rows;
}

/**
 * @param rows the rows of those pivots, shape [pivots.length, width]
 * @returns L of their own block, lower triangle, or null where that is not positive definite
 */
function choleskyFactor(rows: Float64Array, width: number, pivots: Uint32Array): Float64Array | null {
  const size = pivots.length;
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = rows[i * width + pivots[j]];
      for (let m = 0; m < j; m++) sum -= factor[i * size + m] * factor[j * size + m];
      if (i > j) factor[i * size + j] = sum / factor[j * size + j];
      else if (sum > 0) factor[i * size + i] = Math.sqrt(sum);
      else return null;
    }
  }
  return factor;
}

/** rows = L⁻¹·rows, in place. @param rows shape [size, width] */
function solveLower(factor: Float64Array, size: number, rows: Float64Array, width: number): void {
  for (let i = 0; i < size; i++) {
    for (let m = 0; m < i; m++) addScaled(rows, i * width, -factor[i * size + m], m * width, width);
    scaleRow(rows, i * width, 1 / factor[i * size + i], width);
  }
}

/** rows = L⁻ᵀ·rows, in place. */
function solveUpper(factor: Float64Array, size: number, rows: Float64Array, width: number): void {
  for (let i = size - 1; i >= 0; i--) {
    for (let m = i + 1; m < size; m++) addScaled(rows, i * width, -factor[m * size + i], m * width, width);
    scaleRow(rows, i * width, 1 / factor[i * size + i], width);
  }
}

function addScaled(rows: Float64Array, to: number, scale: number, from: number, width: number): void {
  for (let j = 0; j < width; j++) rows[to + j] += scale * rows[from + j];
}

function scaleRow(rows: Float64Array, at: number, scale: number, width: number): void {
  for (let j = at; j < at + width; j++) rows[j] *= scale;
}

/** (LLᵀ)⁻¹ */
function inverseOf(factor: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) inverse[i * size + i] = 1;
  solveLower(factor, size, inverse, size);
  solveUpper(factor, size, inverse, size);
  return inverse;
}

/**
 * Take features out of an inverse Hessian M, and out of the parameters by moving the others to where the quadratic that
 * M describes has its minimum without them: M − M_e (M_ee)⁻¹ M_eᵀ and w − M_e (M_ee)⁻¹ w_e.
 * @param inverse shape [width, width], symmetric
 * @param parameters length width
 * @param leaving positions e to take out
 * @param stay the others, ascending, with the intercept's
 * @returns null where rounding has left M not positive definite
 * O(width²/2) a feature.
 */
export function takeOut(
  inverse: Float64Array,
  parameters: Float64Array,
  leaving: Uint32Array,
  stay: Uint32Array,
): { readonly inverse: Float64Array; readonly parameters: Float64Array } | null {
  const width = parameters.length;
  const moved = parameters.slice();
  const a = symmetricDowndate(inverse, width, PIVOTS);
  for (let first = 0; first < leaving.length; first += PIVOTS) {
    const pivots = leaving.subarray(first, first + PIVOTS);
    const rows = rowsOf(a, width, pivots);
    const factor = choleskyFactor(rows, width, pivots);
    if (factor === null) return null;
    solveLower(factor, pivots.length, rows, width);
    const scales = Float64Array.from(pivots, (at) => moved[at]);
    solveLower(factor, pivots.length, scales, 1);
    for (let i = 0; i < pivots.length; i++) {
      for (let j = 0; j < width; j++) moved[j] -= scales[i] * rows[i * width + j];
    }
    a.subtractSquare(rows);
  }
  return { inverse: a.end(stay), parameters: Float64Array.from(stay, (at) => moved[at]) };
}

/** Multiplication by a symmetric matrix. */
export function symmetricProduct(a: Float64Array, width: number): Preconditioner {
  return (v, out) => {
    let i = 0;
    // Four rows at once: additions of one sum would wait for each other.
    for (; i + 4 <= width; i += 4) {
      const at0 = i * width;
      const at1 = at0 + width;
      const at2 = at1 + width;
      const at3 = at2 + width;
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let j = 0; j < width; j++) {
        const value = v[j];
        sum0 += a[at0 + j] * value;
        sum1 += a[at1 + j] * value;
        sum2 += a[at2 + j] * value;
        sum3 += a[at3 + j] * value;
      }
      out[i] = sum0;
      out[i + 1] = sum1;
      out[i + 2] = sum2;
      out[i + 3] = sum3;
    }
    for (; i < width; i++) out[i] = dot(a, i * width, v, 0, width);
  };
}
