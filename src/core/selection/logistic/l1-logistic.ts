import { exp, log1p } from '../../exp-log.ts';
import type { Floats } from '../../vector.ts';
import { dot } from '../../vector.ts';
import type { L1Problem } from './l1-logistic-problem.ts';
import { addScaled, l1Problem, violationAt } from './l1-logistic-problem.ts';
import { stepOfQuadratic } from './l1-logistic-quadratic.ts';
import { binaryInput } from './logistic-regression-input.ts';

export interface L1LogisticOptions {
  readonly count: number;
  readonly dim: number;
  /** Weight of the log loss against the penalty, > 0: scikit-learn's `C`. */
  readonly c: number;
  /** Of the largest violation of a subgradient, which a penalty of slope 1 makes a relative measure. Default 1e-8. */
  readonly tolerance?: number;
  /** Where to begin; zero by default. Not changed. */
  readonly start?: { readonly weights: Float64Array; readonly intercept: number };
}

export interface L1LogisticFit {
  /** Length dim; exactly 0 where a feature is left out. */
  readonly weights: Float64Array;
  readonly intercept: number;
  readonly objective: number;
  /** Largest distance of a subgradient from zero. The objective is within 2·violation, relative, of the least one. */
  readonly violation: number;
  /** Newton steps taken. */
  readonly steps: number;
}

export const DEFAULT_TOLERANCE = 1e-8;
const MAX_STEPS = 1000;
const ARMIJO = 0.01;
/** Below this share of the objective float64 cannot tell a decrease: the step is taken as it is. */
const RESOLUTION = 1e-11;
/** Steps without a smaller violation after which rounding, not the search, bounds it. */
const PATIENCE = 5;

/**
 * Minimise ‖w‖₁ + |b| + c·Σ log(1 + exp(−yᵢ(w·xᵢ + b))), y = ±1: the objective of liblinear's L1-regularised logistic
 * regression (scikit-learn's `penalty='l1', solver='liblinear', intercept_scaling=1`), penalised intercept included.
 * Newton steps on the smooth part, each solved by coordinate descent over the weights that are not zero or should not
 * be, with a line search: newGLMNET (Yuan, Ho and Lin 2012, JMLR 13).
 * @param features row-major, shape [count, dim], finite
 * @param labels any two whole numbers, one a row; the larger is y = +1
 * @throws RangeError for wrong lengths, features that are not finite, c or a tolerance not above 0, or labels that are
 *   not of two classes
 * O(steps·count·(dim + sweeps·kept)); holds a float64 copy of the features.
 */
export function l1Logistic(
  features: Floats,
  labels: ArrayLike<number>,
  options: L1LogisticOptions,
): L1LogisticFit {
  const { c, tolerance = DEFAULT_TOLERANCE, start, dim } = options;
  assertPositive('c', c);
  assertPositive('tolerance', tolerance);
  const problem = l1Problem(binaryInput(features, labels, options));
  const parameters = new Float64Array(problem.width);
  if (start !== undefined) {
    if (start.weights.length !== dim) {
      throw new RangeError(`expected a start of ${dim} weights, got ${start.weights.length}`);
    }
    parameters.set(start.weights);
    parameters[dim] = start.intercept;
  }
  const end = minimizeL1(problem, c, parameters, tolerance);
  return { ...end, weights: parameters.slice(0, dim), intercept: parameters[dim] };
}

export function assertPositive(name: string, value: number): void {
  if (!(value > 0) || value === Infinity) throw new RangeError(`expected ${name} above 0, got ${value}`);
}

/** @param parameters weights and, last, the intercept: the start, and in place the end */
export function minimizeL1(
  problem: L1Problem,
  c: number,
  parameters: Float64Array,
  tolerance: number,
): Pick<L1LogisticFit, 'objective' | 'violation' | 'steps'> {
  const { columns, count, width } = problem;
  const margins = marginsAt(problem, parameters);
  const residuals = new Float64Array(count);
  const curvatures = new Float64Array(count);
  const gradient = new Float64Array(width);
  let best = Infinity;
  let waited = 0;
  for (let step = 0; ; step++) {
    differentiate(margins, problem.targets, c, residuals, curvatures);
    for (let j = 0; j < width; j++) gradient[j] = dot(columns, j * count, residuals, 0, count);
    const violation = largestViolation(parameters, gradient);
    const objective = penaltyOf(parameters) + lossAt(margins, problem.targets, c);
    waited = violation < best ? 0 : waited + 1;
    best = Math.min(best, violation);
    if (violation <= tolerance || step === MAX_STEPS) return { objective, violation, steps: step };
    const direction = stepOfQuadratic(problem, parameters, gradient, curvatures, violation, tolerance);
    const moved = lineSearch(problem, c, { parameters, margins, direction, gradient, objective }, waited);
    if (!moved) return { objective, violation, steps: step };
  }
}

function largestViolation(parameters: Float64Array, gradient: Float64Array): number {
  let largest = 0;
  for (let j = 0; j < parameters.length; j++)
    largest = Math.max(largest, violationAt(parameters[j], gradient[j]));
  return largest;
}

function marginsAt({ columns, count, width }: L1Problem, parameters: Float64Array): Float64Array {
  const margins = new Float64Array(count);
  for (let j = 0; j < width; j++) {
    if (parameters[j] !== 0) addScaled(margins, columns, j * count, parameters[j]);
  }
  return margins;
}

/** First and second derivative of the loss in every margin. */
function differentiate(
  margins: Float64Array,
  targets: Uint8Array,
  c: number,
  residuals: Float64Array,
  curvatures: Float64Array,
): void {
  for (let row = 0; row < margins.length; row++) {
    // From the smaller tail, so that neither derivative loses its digits where the other is near c.
    const e = exp(-Math.abs(margins[row]));
    const tail = e / (1 + e);
    const isAbove = margins[row] >= 0;
    residuals[row] =
      c * (isAbove === (targets[row] === 1) ? (isAbove ? -tail : tail) : isAbove ? 1 - tail : tail - 1);
    curvatures[row] = (c * tail) / (1 + e);
  }
}

function lossAt(margins: Float64Array, targets: Uint8Array, c: number): number {
  let sum = 0;
  for (let row = 0; row < margins.length; row++) {
    const z = margins[row];
    const against = targets[row] === 1 ? -z : z;
    sum += Math.max(against, 0) + log1p(exp(-Math.abs(z)));
  }
  return c * sum;
}

function penaltyOf(parameters: Float64Array): number {
  return parameters.reduce((sum, parameter) => sum + Math.abs(parameter), 0);
}

interface Move {
  /** Changed in place, with the margins, when the step is taken. */
  readonly parameters: Float64Array;
  readonly margins: Float64Array;
  readonly direction: Float64Array;
  readonly gradient: Float64Array;
  readonly objective: number;
}

/** Halve the step until the objective falls enough. @returns false when there is nothing more to gain */
function lineSearch({ columns, count, targets }: L1Problem, c: number, move: Move, waited: number): boolean {
  const { parameters, margins, direction, gradient, objective } = move;
  const slope = new Float64Array(count);
  let expected = -penaltyOf(parameters);
  for (let j = 0; j < parameters.length; j++) {
    expected += gradient[j] * direction[j] + Math.abs(parameters[j] + direction[j]);
    if (direction[j] !== 0) addScaled(slope, columns, j * count, direction[j]);
  }
  const isBelowResolution = -expected < RESOLUTION * objective;
  if (isBelowResolution && waited >= PATIENCE) return false;
  const moved = new Float64Array(count);
  for (let size = 1; size > 1e-12; size /= 2) {
    for (let row = 0; row < count; row++) moved[row] = margins[row] + size * slope[row];
    const next = direction.map((d, j) => parameters[j] + size * d);
    const reached = penaltyOf(next) + lossAt(moved, targets, c);
    if (isBelowResolution || reached - objective <= ARMIJO * size * expected) {
      parameters.set(next);
      margins.set(moved);
      return true;
    }
  }
  return false;
}
