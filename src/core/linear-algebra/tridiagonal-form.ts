/** A = Q T Qᵀ with T symmetric tridiagonal. */
export interface TridiagonalForm {
  /** Length size. */
  readonly diagonal: Float64Array;
  /** Length size; entry i stands between rows i and i + 1, the last one is 0. */
  readonly offDiagonal: Float64Array;
  /** Q as Householder reflections I − τ v vᵀ: row j of [size, size] holds v from column j + 1 on, v[j + 1] = 1. */
  readonly reflectors: Float64Array;
  /** Length size: τ of each reflection, 0 where there is nothing to reflect. */
  readonly tau: Float64Array;
}

/**
 * Householder's reduction of a symmetric matrix to tridiagonal form, in plain TypeScript. The rank-two update of one step
 * and the matrix-vector product of the next share a pass, so that the triangle is read once a step.
 * @param matrix row-major, shape [size, size]; only the upper triangle is read
 * O(4/3·size³) operations on a copy. Source: Golub & Van Loan, Matrix Computations, 4th ed., §8.3.1; LAPACK dsytd2.
 */
export function plainTridiagonalForm(matrix: Float64Array, size: number): TridiagonalForm {
  const a = matrix.slice();
  const diagonal = new Float64Array(size);
  const offDiagonal = new Float64Array(size);
  const tau = new Float64Array(size);
  let v = new Float64Array(size);
  let w = new Float64Array(size);
  let nextV = new Float64Array(size);
  let product = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    const row = j * size;
    for (let c = j; c < size; c++) a[row + c] -= v[j] * w[c] + w[j] * v[c];
    diagonal[j] = a[row + j];
    if (j === size - 1) break;
    offDiagonal[j] = reflect(a, row + j + 1, size - j - 1, tau, j);
    nextV.set(a.subarray(row + j + 1, row + size), j + 1);
    product.fill(0);
    updateAndMultiply(a, size, j + 1, v, w, nextV, product);
    finishUpdate(product, nextV, tau[j], j + 1);
    [v, nextV] = [nextV, v];
    [w, product] = [product, w];
  }
  return { diagonal, offDiagonal, reflectors: a, tau };
}

/**
 * Replace a vector x in place by v, v[0] = 1, such that (I − τ v vᵀ) x = (β, 0, …).
 * @returns β; τ goes into tau[step]
 */
function reflect(a: Float64Array, at: number, length: number, tau: Float64Array, step: number): number {
  const alpha = a[at];
  let rest = 0;
  for (let i = at + 1; i < at + length; i++) rest += a[i] * a[i];
  a[at] = 1;
  if (rest === 0) return alpha;
  const beta = -Math.sign(alpha || 1) * Math.sqrt(alpha * alpha + rest);
  tau[step] = (beta - alpha) / beta;
  const scale = 1 / (alpha - beta);
  for (let i = at + 1; i < at + length; i++) a[i] *= scale;
  return beta;
}

/** A −= v wᵀ + w vᵀ on the upper triangle from row `first`, and product = A·nextV with the updated A. */
function updateAndMultiply(
  a: Float64Array,
  size: number,
  first: number,
  v: Float64Array,
  w: Float64Array,
  nextV: Float64Array,
  product: Float64Array,
): void {
  for (let i = first; i < size; i++) {
    const row = i * size;
    const vi = v[i];
    const wi = w[i];
    const xi = nextV[i];
    a[row + i] -= 2 * vi * wi;
    let sum = a[row + i] * xi;
    for (let c = i + 1; c < size; c++) {
      const value = a[row + c] - (vi * w[c] + wi * v[c]);
      a[row + c] = value;
      sum += value * nextV[c];
      product[c] += value * xi;
    }
    product[i] += sum;
  }
}

/** From p = A v to the w of the rank-two update: w = τ p − (τ²/2)(pᵀv) v. */
function finishUpdate(product: Float64Array, v: Float64Array, tau: number, first: number): void {
  let inner = 0;
  for (let i = first; i < v.length; i++) inner += product[i] * v[i];
  const half = 0.5 * tau * tau * inner;
  for (let i = first; i < v.length; i++) product[i] = tau * product[i] - half * v[i];
}

/**
 * Turn eigenvectors of T into those of A: every row z becomes Q z, in place. Plain TypeScript.
 * @param vectors row-major, shape [count, size]
 * O(2·count·size²)
 */
export function plainApplyReflectors(form: TridiagonalForm, vectors: Float64Array): void {
  const size = form.diagonal.length;
  const { reflectors, tau } = form;
  for (let at = 0; at < vectors.length; at += size) {
    for (let j = size - 2; j >= 0; j--) {
      if (tau[j] === 0) continue;
      const row = j * size;
      let inner = 0;
      for (let c = j + 1; c < size; c++) inner += reflectors[row + c] * vectors[at + c];
      inner *= tau[j];
      for (let c = j + 1; c < size; c++) vectors[at + c] -= inner * reflectors[row + c];
    }
  }
}
