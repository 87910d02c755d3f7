import { dot } from '../vector.ts';
import type { L2State } from './logistic-regression-passes.ts';
import { differentiateL2, evaluateL2, gradientL2, hessianProduct } from './logistic-regression-passes.ts';

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

export interface L2Fit {
  /** Largest element of the gradient at the end. */
  readonly gradient: number;
  /** Newton steps, and the products with a Hessian within them. */
  readonly steps: number;
  readonly products: number;
}

/** Multiplies by an approximate inverse of the Hessian: out = M v, both of length dim + 1. */
export type Preconditioner = (v: Float64Array, out: Float64Array) => void;

/** Of the largest element of the gradient at zero; scikit-learn's 1e-4 is absolute. */
const RELATIVE_GRADIENT = 1e-8;
/** Where few or small rows make the relative one the looser. */
const LARGEST_GRADIENT = 1e-6;
const MAX_STEPS = 100;
const ARMIJO = 1e-4;
/** Below this share of the objective float64 cannot tell a decrease: the step is taken as it is. */
const RESOLUTION = 1e-11;

/**
 * Minimise ½w·w + c·Σ log(1 + exp(−yᵢ(w·xᵢ + b))), the objective of scikit-learn's `LogisticRegression(C=c)`, by
 * Newton's method, each step solved by preconditioned conjugate gradients (Nocedal and Wright 2006, algorithm 7.1).
 * Ends when no element of the gradient exceeds 1e-6, nor 1e-8 of the largest at zero, or float64 gives no more.
 * @param parameters weights and, last, the intercept: the start, and in place the end
 * @param precondition the inverse of the Hessian's diagonal by default
 * O(products·count·dim).
 */
export function minimizeL2(
  problem: L2Problem,
  parameters: Float64Array,
  precondition?: Preconditioner,
): L2Fit {
  const state = emptyState(problem);
  const goal = Math.min(LARGEST_GRADIENT, RELATIVE_GRADIENT * gradientAtZero(problem, state));
  let products = 0;
  let objective = evaluateL2(problem, parameters, state);
  for (let step = 0; ; step++) {
    const largest = largestElement(state.gradient);
    if (largest <= goal || step === MAX_STEPS) return { gradient: largest, steps: step, products };
    const solved = newtonDirection(
      problem,
      state,
      precondition ?? diagonalOf(problem, state.curvatures),
      goal,
    );
    products += solved.products;
    const slope = dot(state.gradient, 0, solved.direction, 0, problem.dim + 1);
    const isBelowResolution = -slope < RESOLUTION * objective;
    const reached = search(problem, parameters, state, solved, { objective, slope, isBelowResolution });
    if (reached === null) return { gradient: largest, steps: step, products };
    objective = reached;
    gradientL2(problem, parameters, state);
    // Rounding, not the search, now bounds the gradient.
    if (isBelowResolution && largestElement(state.gradient) > 0.5 * largest) {
      return { gradient: largestElement(state.gradient), steps: step + 1, products };
    }
  }
}

export function emptyState({ count, dim }: L2Problem): L2State {
  return {
    margins: new Float64Array(count),
    residuals: new Float64Array(count),
    curvatures: new Float64Array(count),
    gradient: new Float64Array(dim + 1),
  };
}

function gradientAtZero(problem: L2Problem, state: L2State): number {
  const zero = new Float64Array(problem.dim + 1);
  state.margins.fill(0);
  differentiateL2(problem, zero, state);
  gradientL2(problem, zero, state);
  return largestElement(state.gradient);
}

function largestElement(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** One over the Hessian's diagonal. */
function diagonalOf({ rows, count, dim }: L2Problem, curvatures: Float64Array): Preconditioner {
  const diagonal = new Float64Array(dim + 1).fill(1);
  diagonal[dim] = Number.MIN_VALUE;
  for (let row = 0, at = 0; row < count; row++) {
    const curvature = curvatures[row];
    for (let j = 0; j < dim; j++, at++) diagonal[j] += curvature * rows[at] * rows[at];
    diagonal[dim] += curvature;
  }
  return (v, out) => {
    for (let j = 0; j <= dim; j++) out[j] = v[j] / diagonal[j];
  };
}

interface Direction {
  readonly direction: Float64Array;
  /** How fast each margin moves along it. */
  readonly slopes: Float64Array;
  readonly products: number;
}

/** Solve H d = −gradient until the residual is small beside the gradient, the smaller the nearer the end is. */
function newtonDirection(
  problem: L2Problem,
  state: L2State,
  precondition: Preconditioner,
  goal: number,
): Direction {
  const { count, dim } = problem;
  const width = dim + 1;
  const direction = new Float64Array(width);
  const slopes = new Float64Array(count);
  const residual = state.gradient.map((g) => -g);
  const start = largestElement(residual);
  const enough = Math.max(0.3 * goal, start * Math.min(0.1, Math.sqrt(start / (start + 1e6 * goal))));
  const preconditioned = new Float64Array(width);
  precondition(residual, preconditioned);
  const conjugate = preconditioned.slice();
  const product = new Float64Array(width);
  const conjugateSlopes = new Float64Array(count);
  const scratch = new Float64Array(count);
  let size = dot(residual, 0, preconditioned, 0, width);
  let products = 0;
  while (largestElement(residual) > enough && products < 2 * width && size > 0) {
    hessianProduct(problem, state.curvatures, conjugate, conjugateSlopes, scratch, product);
    products++;
    const alpha = size / dot(conjugate, 0, product, 0, width);
    for (let j = 0; j < width; j++) {
      direction[j] += alpha * conjugate[j];
      residual[j] -= alpha * product[j];
    }
    for (let row = 0; row < count; row++) slopes[row] += alpha * conjugateSlopes[row];
    precondition(residual, preconditioned);
    const next = dot(residual, 0, preconditioned, 0, width);
    for (let j = 0; j < width; j++) conjugate[j] = preconditioned[j] + (next / size) * conjugate[j];
    size = next;
  }
  return { direction, slopes, products };
}

interface From {
  readonly objective: number;
  /** Of the objective along the direction, < 0. */
  readonly slope: number;
  readonly isBelowResolution: boolean;
}

/** Halve the step until the objective falls enough, and take it. @returns the objective there, null when none does */
function search(
  problem: L2Problem,
  parameters: Float64Array,
  state: L2State,
  { direction, slopes }: Direction,
  { objective, slope, isBelowResolution }: From,
): number | null {
  const from = parameters.slice();
  const margins = state.margins.slice();
  for (let size = 1; size > 1e-12; size /= 2) {
    for (let j = 0; j < from.length; j++) parameters[j] = from[j] + size * direction[j];
    for (let row = 0; row < margins.length; row++) state.margins[row] = margins[row] + size * slopes[row];
    const reached = differentiateL2(problem, parameters, state);
    if (isBelowResolution || reached <= objective + ARMIJO * size * slope) return reached;
  }
  parameters.set(from);
  state.margins.set(margins);
  return null;
}
