import { dot } from '../../vector.ts';
import type { L2Problem, L2State } from './logistic-regression-passes.ts';
import { differentiateL2, evaluateL2, gradientL2, hessianProduct } from './logistic-regression-passes.ts';

export interface L2Fit {
  /** Second derivative of the loss in each margin at the end, length count. */
  readonly curvatures: Float64Array;
  /** Largest element of the gradient at the end. */
  readonly gradient: number;
  /** Newton steps, and the products with a Hessian within them. */
  readonly steps: number;
  readonly products: number;
}

/** Multiplies by an approximate inverse of the Hessian: out = M v, both of length dim + 1. */
export type Preconditioner = (v: Float64Array, out: Float64Array) => void;

/** Of the largest element of the gradient at zero; scikit-learn's 1e-4 is absolute. */
const RELATIVE_GRADIENT = 1e-7;
/** Where few or small rows make the relative one the looser. */
const LARGEST_GRADIENT = 1e-5;
const MAX_STEPS = 100;
/** Of the gradient: how exactly a Newton step is solved at least. */
const LOOSEST_FORCING = 0.25;
export const ARMIJO = 1e-4;
/** Below this share of the objective float64 cannot tell a decrease: the step is taken as it is. */
export const RESOLUTION = 1e-11;

/**
 * Minimise ½w·w + c·Σ log(1 + exp(−yᵢ(w·xᵢ + b))), the objective of scikit-learn's `LogisticRegression(C=c)`, by
 * Newton's method, each step solved by preconditioned conjugate gradients (Nocedal and Wright 2006, algorithm 7.1).
 * @param parameters weights and, last, the intercept: the start, and in place the end
 * @param goal the largest element of the gradient to end at, `gradientGoal` or above; where float64 gives no more, it
 *   ends before
 * @param precondition the inverse of the Hessian's diagonal by default, and once this one gives no direction of descent:
 *   rounding has then left it not positive definite
 * O(products·count·dim).
 */
export function minimizeL2(
  problem: L2Problem,
  parameters: Float64Array,
  goal: number,
  precondition?: Preconditioner,
): L2Fit {
  const state = emptyState(problem);
  let products = 0;
  let objective = evaluateL2(problem, parameters, state);
  let largest = largestElement(state.gradient);
  let forcing = LOOSEST_FORCING;
  let given = precondition;
  for (let step = 0; ; step++) {
    const end = { gradient: largest, steps: step, products, curvatures: state.curvatures };
    if (largest <= goal || step === MAX_STEPS) return end;
    const apply = given ?? diagonalOf(problem, state.curvatures);
    const solved = newtonDirection(problem, state, apply, Math.max(0.5 * goal, forcing * largest));
    products += solved.products;
    const slope = dot(state.gradient, 0, solved.direction, 0, parameters.length);
    if (!(slope < 0) && given !== undefined) {
      given = undefined;
      continue;
    }
    const isBelowResolution = -slope < RESOLUTION * objective;
    const reached = search(problem, parameters, state, solved, { objective, slope, isBelowResolution });
    if (reached === null) return end;
    objective = reached;
    gradientL2(problem, parameters, state);
    const next = largestElement(state.gradient);
    // Rounding, not the search, now bounds the gradient.
    if (isBelowResolution && next > 0.5 * largest) return { ...end, gradient: next, products };
    // Eisenstat and Walker 1996, choice 2: solve as exactly as the last step was true to its quadratic.
    forcing = Math.min(LOOSEST_FORCING, 0.9 * (next / largest) ** 2);
    largest = next;
  }
}

/** 1e-7 of the largest element of the gradient at zero, and at most 1e-5; scikit-learn's default is 1e-4. */
export function gradientGoal(problem: L2Problem): number {
  const zero = new Float64Array(problem.rows.dim + 1);
  const state = emptyState(problem);
  evaluateL2(problem, zero, state);
  return Math.min(LARGEST_GRADIENT, RELATIVE_GRADIENT * largestElement(state.gradient));
}

/** Room for an evaluation. */
export function emptyState({ rows: { count, dim } }: L2Problem): L2State {
  return {
    margins: new Float64Array(count),
    residuals: new Float64Array(count),
    curvatures: new Float64Array(count),
    gradient: new Float64Array(dim + 1),
  };
}

/** The largest magnitude. */
export function largestElement(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** One over the Hessian's diagonal. */
function diagonalOf({ rows }: L2Problem, curvatures: Float64Array): Preconditioner {
  const { dim } = rows;
  const width = dim + 1;
  const diagonal = new Float64Array(width).fill(1);
  diagonal[dim] = Number.MIN_VALUE;
  rows.addSquares(curvatures, diagonal);
  return (v, out) => {
    for (let j = 0; j < width; j++) out[j] = v[j] / diagonal[j];
  };
}

interface Direction {
  readonly direction: Float64Array;
  /** How fast each margin moves along it. */
  readonly slopes: Float64Array;
  readonly products: number;
}

/** Solve H d = −gradient until no element of the residual exceeds `enough`. */
function newtonDirection(
  problem: L2Problem,
  state: L2State,
  precondition: Preconditioner,
  enough: number,
): Direction {
  const { count, dim } = problem.rows;
  const width = dim + 1;
  const direction = new Float64Array(width);
  const slopes = new Float64Array(count);
  const residual = state.gradient.map((g) => -g);
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
