/** Two-class logistic regression with an L2 penalty; the intercept is free. */
export interface L2Problem {
  /** Row-major, shape [count, dim]; what lies beyond is not read. */
  readonly rows: Float64Array;
  /** 1 or 0, length count. */
  readonly targets: Uint8Array;
  readonly count: number;
  readonly dim: number;
  /** Weight of the log loss against the penalty, > 0. */
  readonly c: number;
}

/** What one pass over the matrix gives. */
export interface L2State {
  /** w·xᵢ + b, length count. */
  readonly margins: Float64Array;
  /** First and second derivative of the loss in each margin, length count. */
  readonly residuals: Float64Array;
  readonly curvatures: Float64Array;
  /** Length dim + 1. */
  readonly gradient: Float64Array;
}

/** Rows that go through the cache together: each element of a vector is then loaded once for four rows. */
const BLOCK = 4;

/** Fill the state at the given parameters, reading every row once. @returns the objective */
export function evaluateL2(problem: L2Problem, parameters: Float64Array, state: L2State): number {
  const { rows, count, dim } = problem;
  const { margins, gradient } = state;
  gradient.set(parameters);
  gradient[dim] = 0;
  let objective = 0.5 * squaredNorm(parameters, dim);
  for (let first = 0; first < count; first += BLOCK) {
    const last = Math.min(count, first + BLOCK);
    multiplyRows(rows, first, last, dim, parameters, margins);
    objective += differentiateRows(problem, state, first, last);
    addRows(rows, first, last, dim, state.residuals, gradient);
  }
  return objective;
}

/** Objective, residuals and curvatures where the margins are known. */
export function differentiateL2(problem: L2Problem, parameters: Float64Array, state: L2State): number {
  return 0.5 * squaredNorm(parameters, problem.dim) + differentiateRows(problem, state, 0, problem.count);
}

/** The gradient where the residuals are known. */
export function gradientL2({ rows, count, dim }: L2Problem, parameters: Float64Array, state: L2State): void {
  const { gradient, residuals } = state;
  gradient.set(parameters);
  gradient[dim] = 0;
  for (let first = 0; first < count; first += BLOCK) {
    addRows(rows, first, Math.min(count, first + BLOCK), dim, residuals, gradient);
  }
}

/**
 * The Hessian times a vector, reading every row once.
 * @param slopes becomes the rows times the vector, length count
 * @param scratch length count
 * @param out becomes the product, length dim + 1
 */
export function hessianProduct(
  { rows, count, dim }: L2Problem,
  curvatures: Float64Array,
  vector: Float64Array,
  slopes: Float64Array,
  scratch: Float64Array,
  out: Float64Array,
): void {
  out.set(vector);
  out[dim] = 0;
  for (let first = 0; first < count; first += BLOCK) {
    const last = Math.min(count, first + BLOCK);
    multiplyRows(rows, first, last, dim, vector, slopes);
    for (let row = first; row < last; row++) scratch[row] = curvatures[row] * slopes[row];
    addRows(rows, first, last, dim, scratch, out);
  }
}

/** Derivatives of the rows from `first` to `last`. @returns their share of the loss */
function differentiateRows({ targets, c }: L2Problem, state: L2State, first: number, last: number): number {
  const { margins, residuals, curvatures } = state;
  let loss = 0;
  for (let row = first; row < last; row++) {
    const z = margins[row];
    const e = Math.exp(-Math.abs(z));
    // From the smaller tail, so that neither derivative loses its digits where the other is near c.
    const tail = e / (1 + e);
    const isRight = z >= 0 === (targets[row] === 1);
    const size = isRight ? tail : 1 - tail;
    residuals[row] = targets[row] === 1 ? -c * size : c * size;
    curvatures[row] = (c * tail) / (1 + e);
    loss += Math.log1p(e) + (isRight ? 0 : Math.abs(z));
  }
  return c * loss;
}

/** out[row] = row · vector + its last element. */
function multiplyRows(
  rows: Float64Array,
  first: number,
  last: number,
  dim: number,
  vector: Float64Array,
  out: Float64Array,
): void {
  const bias = vector[dim];
  if (last - first === BLOCK) {
    const at0 = first * dim;
    const at1 = at0 + dim;
    const at2 = at1 + dim;
    const at3 = at2 + dim;
    let sum0 = bias;
    let sum1 = bias;
    let sum2 = bias;
    let sum3 = bias;
    for (let j = 0; j < dim; j++) {
      const v = vector[j];
      sum0 += v * rows[at0 + j];
      sum1 += v * rows[at1 + j];
      sum2 += v * rows[at2 + j];
      sum3 += v * rows[at3 + j];
    }
    out[first] = sum0;
    out[first + 1] = sum1;
    out[first + 2] = sum2;
    out[first + 3] = sum3;
    return;
  }
  for (let row = first; row < last; row++) {
    let sum = bias;
    for (let j = 0; j < dim; j++) sum += vector[j] * rows[row * dim + j];
    out[row] = sum;
  }
}

/** out += Σ scale[row]·(row, 1) */
function addRows(
  rows: Float64Array,
  first: number,
  last: number,
  dim: number,
  scales: Float64Array,
  out: Float64Array,
): void {
  for (let row = first; row < last; row++) out[dim] += scales[row];
  if (last - first === BLOCK) {
    const at0 = first * dim;
    const at1 = at0 + dim;
    const at2 = at1 + dim;
    const at3 = at2 + dim;
    const scale0 = scales[first];
    const scale1 = scales[first + 1];
    const scale2 = scales[first + 2];
    const scale3 = scales[first + 3];
    for (let j = 0; j < dim; j++) {
      out[j] +=
        scale0 * rows[at0 + j] + scale1 * rows[at1 + j] + (scale2 * rows[at2 + j] + scale3 * rows[at3 + j]);
    }
    return;
  }
  for (let row = first; row < last; row++) {
    for (let j = 0; j < dim; j++) out[j] += scales[row] * rows[row * dim + j];
  }
}

function squaredNorm(values: Float64Array, length: number): number {
  let sum = 0;
  for (let j = 0; j < length; j++) sum += values[j] * values[j];
  return sum;
}
