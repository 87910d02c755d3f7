import { inverseIteration } from './inverse-iteration.ts';
import { applyReflectors, tridiagonalForm } from './kernels/fast-tridiagonal.ts';
import type { TridiagonalForm } from './tridiagonal-form.ts';
import { implicitQl } from './tridiagonal-ql.ts';

export interface SymmetricEigen {
  /** Length size, descending. */
  readonly values: Float64Array;
  /** Row-major, shape [vectors asked for, size]: orthonormal rows, one an eigenvalue from the largest on. */
  readonly vectors: Float64Array;
}

/** Entries of the tridiagonal form below this share of its norm are rounding errors: 2^-56, an eighth of float64's. */
const NEGLIGIBLE_SHARE = Number.EPSILON / 16;
/** Inverse iteration works one vector at a time; QL turns all of them at once, which pays off from this share on. */
const FEW_VECTORS_SHARE = 0.5;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder tridiagonal form, eigenvalues by implicit QL, a few
 * eigenvectors by inverse iteration and many by QL.
 * In each vector the entry of largest magnitude is positive, the first of equals: the rule of scikit-learn's `svd_flip`
 * with `u_based_decision=False`, by which its PCA goes from 1.5 on (before, the sample scores decided). Vectors of equal
 * eigenvalues are some orthonormal basis of their space; the same input gives the same basis.
 * @param matrix row-major, shape [size, size], finite; only the upper triangle is read
 * @throws RangeError for wrong lengths, a NaN or Infinity, or more vectors than `size`
 * O(4/3·size³ + vectors·size²); errors of eigenvalues are some float64 roundings of the largest. Source: Golub & Van Loan,
 * Matrix Computations, 4th ed., §8.2-8.3.
 */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
  options: { readonly vectors?: number } = {},
): SymmetricEigen {
  const { vectors: wanted = size } = options;
  const scale = checkedScale(matrix, size, wanted);
  const scaled = matrix.slice();
  for (let i = 0; i < scaled.length; i++) scaled[i] /= scale;
  const form = tridiagonalForm(scaled, size);
  const { values, vectors } = tridiagonalEigen(form, wanted);
  applyReflectors(form, vectors);
  makeLargestPositive(vectors, size);
  for (let i = 0; i < size; i++) values[i] *= scale;
  return { values, vectors };
}

/**
 * @returns the power of two next to the largest magnitude: dividing by it is exact, and keeps squares within the range of
 *   float64; 1 for zeros
 */
function checkedScale(matrix: Float64Array, size: number, wanted: number): number {
  if (!Number.isInteger(size) || size < 1 || matrix.length !== size * size) {
    throw new RangeError(`expected ${size}×${size} elements, got ${matrix.length}`);
  }
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > size) {
    throw new RangeError(`expected 0 to ${size} eigenvectors, got ${wanted}`);
  }
  let largest = 0;
  let check = 0;
  for (let i = 0; i < matrix.length; i++) {
    const magnitude = Math.abs(matrix[i]);
    if (magnitude > largest) largest = magnitude;
    // NaN once an element is NaN or infinite: one addition where a test of each would take most of the loop.
    check += 0 * magnitude;
  }
  if (check !== 0) {
    const at = matrix.findIndex((value) => !Number.isFinite(value));
    const place = `row ${Math.floor(at / size)}, column ${at % size}`;
    throw new RangeError(`expected finite elements, got ${matrix[at]} in ${place}`);
  }
  return largest === 0 ? 1 : 2 ** Math.max(-1022, Math.floor(Math.log2(largest)));
}

function tridiagonalEigen(form: TridiagonalForm, wanted: number): SymmetricEigen {
  const { diagonal, offDiagonal } = form;
  const size = diagonal.length;
  const negligible = NEGLIGIBLE_SHARE * tridiagonalNorm(diagonal, offDiagonal);
  if (wanted < FEW_VECTORS_SHARE * size) {
    const few = inverseIteration(diagonal, offDiagonal, wanted, negligible);
    if (few !== null) return few;
  }
  const values = diagonal.slice();
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  implicitQl(values, offDiagonal.slice(), vectors, negligible);
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a]);
  const top = new Float64Array(wanted * size);
  for (let i = 0; i < wanted; i++)
    top.set(vectors.subarray(order[i] * size, (order[i] + 1) * size), i * size);
  return { values: Float64Array.from(order, (i) => values[i]), vectors: top };
}

/** The largest sum of magnitudes in a row. */
function tridiagonalNorm(diagonal: Float64Array, offDiagonal: Float64Array): number {
  let norm = 0;
  for (let i = 0; i < diagonal.length; i++) {
    const before = i === 0 ? 0 : Math.abs(offDiagonal[i - 1]);
    norm = Math.max(norm, before + Math.abs(diagonal[i]) + Math.abs(offDiagonal[i]));
  }
  return norm;
}

function makeLargestPositive(vectors: Float64Array, size: number): void {
  for (let at = 0; at < vectors.length; at += size) {
    let largest = at;
    for (let i = at + 1; i < at + size; i++) {
      if (Math.abs(vectors[i]) > Math.abs(vectors[largest])) largest = i;
    }
    if (vectors[largest] >= 0) continue;
    for (let i = at; i < at + size; i++) vectors[i] = -vectors[i];
  }
}
