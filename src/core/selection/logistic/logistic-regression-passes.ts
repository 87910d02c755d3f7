import { exp, log1p } from '../../exp-log.ts';
import type { RowMatrix } from '../../linear-algebra/row-matrix.ts';

/** Two-class logistic regression with an L2 penalty; the intercept is free. */
export interface L2Problem {
  readonly rows: RowMatrix;
  /** 1 or 0, one a row. */
  readonly targets: Uint8Array;
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

/** Fill the state at the given parameters, reading every row once. @returns the objective */
export function evaluateL2(problem: L2Problem, parameters: Float64Array, state: L2State): number {
  const { rows } = problem;
  const { margins, residuals, gradient } = state;
  gradient.set(parameters);
  gradient[rows.dim] = 0;
  let objective = 0.5 * squaredNorm(parameters, rows.dim);
  const differentiate = (first: number, last: number): void => {
    objective += differentiateRows(problem, state, first, last);
  };
  rows.multiplyAndAdd(parameters, margins, differentiate, residuals, gradient);
  return objective;
}

/** Objective, residuals and curvatures where the margins are known. */
export function differentiateL2(problem: L2Problem, parameters: Float64Array, state: L2State): number {
  const { dim, count } = problem.rows;
  return 0.5 * squaredNorm(parameters, dim) + differentiateRows(problem, state, 0, count);
}

/** The gradient where the residuals are known. */
export function gradientL2({ rows }: L2Problem, parameters: Float64Array, state: L2State): void {
  const { gradient, residuals } = state;
  gradient.set(parameters);
  gradient[rows.dim] = 0;
  rows.addRows(residuals, gradient);
}

/**
 * The Hessian times a vector, reading every row once.
 * @param slopes becomes the rows times the vector, length count
 * @param scratch length count
 * @param out becomes the product, length dim + 1
 */
export function hessianProduct(
  { rows }: L2Problem,
  curvatures: Float64Array,
  vector: Float64Array,
  slopes: Float64Array,
  scratch: Float64Array,
  out: Float64Array,
): void {
  out.set(vector);
  out[rows.dim] = 0;
  const scale = (first: number, last: number): void => {
    for (let row = first; row < last; row++) scratch[row] = curvatures[row] * slopes[row];
  };
  rows.multiplyAndAdd(vector, slopes, scale, scratch, out);
}

/** Derivatives of the rows from `first` to `last`. @returns their share of the loss */
function differentiateRows({ targets, c }: L2Problem, state: L2State, first: number, last: number): number {
  const { margins, residuals, curvatures } = state;
  let loss = 0;
  for (let row = first; row < last; row++) {
    const z = margins[row];
    const e = exp(-Math.abs(z));
    // From the smaller tail, so that neither derivative loses its digits where the other is near c.
    const tail = e / (1 + e);
    const isRight = z >= 0 === (targets[row] === 1);
    const size = isRight ? tail : 1 - tail;
    residuals[row] = targets[row] === 1 ? -c * size : c * size;
    curvatures[row] = (c * tail) / (1 + e);
    loss += log1p(e) + (isRight ? 0 : Math.abs(z));
  }
  return c * loss;
}

function squaredNorm(values: Float64Array, length: number): number {
  let sum = 0;
  for (let j = 0; j < length; j++) sum += values[j] * values[j];
  return sum;
}
