import { crossScatter } from '../../linear-algebra/kernels/fast-products.ts';
import type { L2Problem } from './logistic-regression-passes.ts';
import type { Preconditioner } from './logistic-regression.ts';

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
 * Invert in place by the symmetric sweep operator (Goodnight 1979), two pivots at a time. Only the lower triangle is read
 * and written.
 * O(width³/2).
 */
function invertPositiveDefinite(a: Float64Array, width: number): void {
  const pair = emptyPair(width);
  for (let p = 0; p < width; p += 2) {
    const q = p + 1;
    const [pp, pq, qq] = readPair(a, width, p, q, pair);
    subtractPair(a, width, pair);
    const isWhole = q < width;
    for (let j = 0; j < p; j++) {
      a[p * width + j] = pair.factorsP[j];
      if (isWhole) a[q * width + j] = pair.factorsQ[j];
    }
    for (let i = q + 1; i < width; i++) {
      a[i * width + p] = pair.factorsP[i];
      a[i * width + q] = pair.factorsQ[i];
    }
    a[p * width + p] = -pp;
    if (!isWhole) continue;
    a[q * width + p] = -pq;
    a[q * width + q] = -qq;
  }
  for (let i = 0; i < a.length; i++) a[i] = -a[i];
}

/** Two columns p and q of a symmetric matrix A, and their products with the inverse of its 2×2 block at p and q. */
interface ColumnPair {
  readonly columnP: Float64Array;
  readonly columnQ: Float64Array;
  readonly factorsP: Float64Array;
  readonly factorsQ: Float64Array;
}

function emptyPair(width: number): ColumnPair {
  const [columnP, columnQ, factorsP, factorsQ] = Array.from({ length: 4 }, () => new Float64Array(width));
  return { columnP, columnQ, factorsP, factorsQ };
}

/** @param q width or beyond for none @returns the inverse of the block: its elements pp, pq and qq */
function readPair(
  a: Float64Array,
  width: number,
  p: number,
  q: number,
  { columnP, columnQ, factorsP, factorsQ }: ColumnPair,
): readonly [number, number, number] {
  copyColumn(a, width, p, columnP);
  if (q < width) copyColumn(a, width, q, columnQ);
  else columnQ.fill(0);
  const corner = q < width ? columnQ[q] : 1;
  const cross = q < width ? columnP[q] : 0;
  const determinant = columnP[p] * corner - cross * cross;
  const pp = corner / determinant;
  const pq = -cross / determinant;
  const qq = columnP[p] / determinant;
  for (let j = 0; j < width; j++) {
    factorsP[j] = pp * columnP[j] + pq * columnQ[j];
    factorsQ[j] = pq * columnP[j] + qq * columnQ[j];
  }
  return [pp, pq, qq];
}

/** One column of a symmetric matrix of which the lower triangle is kept. */
function copyColumn(a: Float64Array, width: number, at: number, out: Float64Array): void {
  for (let j = 0; j < at; j++) out[j] = a[at * width + j];
  for (let i = at; i < width; i++) out[i] = a[i * width + at];
}

/** A −= factorsP·columnPᵀ + factorsQ·columnQᵀ, lower triangle. */
function subtractPair(
  a: Float64Array,
  width: number,
  { columnP, columnQ, factorsP, factorsQ }: ColumnPair,
): void {
  for (let i = 0; i < width; i++) {
    const factorP = factorsP[i];
    const factorQ = factorsQ[i];
    const offset = i * width;
    for (let j = 0; j <= i; j++) a[offset + j] -= factorP * columnP[j] + factorQ * columnQ[j];
  }
}

/**
 * Take features out of an inverse Hessian M, and out of the parameters by moving the others to where the quadratic that
 * M describes has its minimum without them: M − M_e (M_ee)⁻¹ M_eᵀ and w − M_e (M_ee)⁻¹ w_e, two features e at a time.
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
  const pair = emptyPair(width);
  for (let i = 0; i < leaving.length; i += 2) {
    const p = leaving[i];
    const q = i + 1 < leaving.length ? leaving[i + 1] : width;
    readPair(inverse, width, p, q, pair);
    const weightP = parameters[p];
    const weightQ = q < width ? parameters[q] : 0;
    for (let j = 0; j < width; j++) parameters[j] -= weightP * pair.factorsP[j] + weightQ * pair.factorsQ[j];
    subtractPair(inverse, width, pair);
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
