import { exp, log1p } from '../../exp-log.ts';
import { sigmoid } from '../../calibration/log-odds.ts';
import { solvePositiveDefinite } from './cholesky.ts';
import { dot } from '../../vector.ts';

/** Rows of `width` columns whose last is all ones: the bias, which has neither penalty nor bound. */
export interface LogisticProblem {
  /** Row-major, shape [labels.length, width]. */
  readonly x: Float64Array;
  /** 1 or 0. */
  readonly labels: Uint8Array;
  readonly width: number;
  /** Penalty 0.5·l2·Σw², the bias excepted. */
  readonly l2: number;
}

const MAX_STEPS = 200;
/** Of the expected decrease of the loss, half the squared Newton decrement. */
const TOLERANCE = 1e-16;
const ARMIJO = 1e-4;

/**
 * Minimise mean log loss + 0.5·l2·Σw² over w ≥ 0 and a free bias: projected Newton's method (Bertsekas 1982), with the
 * coordinates held at zero that the gradient pushes below it.
 * @param start length width; weights ≥ 0
 * @returns weights and, last, the bias
 * O(steps·(count·free² + free³)).
 */
export function minimizeNonNegative(problem: LogisticProblem, start: Float64Array): Float64Array {
  let parameters = start;
  let loss = lossAt(problem, parameters);
  for (let step = 0; step < MAX_STEPS; step++) {
    const { gradient, curvatures } = gradientAt(problem, parameters);
    const free = freeCoordinates(parameters, gradient);
    const direction = newtonDirection(problem, gradient, curvatures, free);
    const slope = free.reduce((sum, j) => sum + direction[j] * gradient[j], 0);
    if (-slope < TOLERANCE) break;
    const next = search(problem, parameters, direction, gradient, loss);
    // No step lowers the loss any more: the end of float64, not of the search.
    if (next === null) break;
    parameters = next.parameters;
    loss = next.loss;
  }
  return parameters;
}

/** Mean log loss without the penalty. */
export function meanLogLoss({ x, labels, width }: LogisticProblem, parameters: Float64Array): number {
  let loss = 0;
  for (let row = 0; row < labels.length; row++) {
    const z = dot(x, row * width, parameters, 0, width);
    loss += Math.max(z, 0) - z * labels[row] + log1p(exp(-Math.abs(z)));
  }
  return loss / labels.length;
}

function lossAt(problem: LogisticProblem, parameters: Float64Array): number {
  const last = problem.width - 1;
  return meanLogLoss(problem, parameters) + 0.5 * problem.l2 * dot(parameters, 0, parameters, 0, last);
}

function gradientAt(
  { x, labels, width, l2 }: LogisticProblem,
  parameters: Float64Array,
): { gradient: Float64Array; curvatures: Float64Array } {
  const count = labels.length;
  const gradient = parameters.map((p, j) => (j + 1 < width ? l2 * p : 0));
  const curvatures = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const offset = row * width;
    const p = sigmoid(dot(x, offset, parameters, 0, width));
    const residual = (p - labels[row]) / count;
    curvatures[row] = (p * (1 - p)) / count;
    for (let j = 0; j < width; j++) gradient[j] += residual * x[offset + j];
  }
  return { gradient, curvatures };
}

function freeCoordinates(parameters: Float64Array, gradient: Float64Array): number[] {
  const free: number[] = [];
  const bias = parameters.length - 1;
  for (let j = 0; j < parameters.length; j++) {
    if (j === bias || parameters[j] > 0 || gradient[j] < 0) free.push(j);
  }
  return free;
}

function newtonDirection(
  { x, width, l2 }: LogisticProblem,
  gradient: Float64Array,
  curvatures: Float64Array,
  free: readonly number[],
): Float64Array {
  const size = free.length;
  const hessian = new Float64Array(size * size);
  const values = new Float64Array(size);
  for (let row = 0; row < curvatures.length; row++) {
    for (let i = 0; i < size; i++) values[i] = x[row * width + free[i]];
    for (let i = 0; i < size; i++) {
      const scaled = curvatures[row] * values[i];
      const offset = i * size;
      for (let j = 0; j <= i; j++) hessian[offset + j] += scaled * values[j];
    }
  }
  // A hair of damping keeps collinear columns solvable when there is no penalty; it slows, but does not move, the end.
  let trace = 0;
  for (let i = 0; i < size; i++) trace += hessian[i * size + i];
  const damping = 1e-10 * (trace / size) + Number.MIN_VALUE;
  for (let i = 0; i < size; i++) hessian[i * size + i] += damping + (free[i] + 1 < width ? l2 : 0);
  const step = Float64Array.from(free, (j) => -gradient[j]);
  const solved = solvePositiveDefinite(hessian, step, size);
  const direction = new Float64Array(width);
  free.forEach((j, i) => (direction[j] = solved ? step[i] : -gradient[j]));
  return direction;
}

/** Halve the step along the projected arc until the loss falls enough. */
function search(
  problem: LogisticProblem,
  parameters: Float64Array,
  direction: Float64Array,
  gradient: Float64Array,
  loss: number,
): { parameters: Float64Array; loss: number } | null {
  const bias = problem.width - 1;
  for (let size = 1; size > 1e-12; size /= 2) {
    const next = parameters.map((p, j) =>
      j === bias ? p + size * direction[j] : Math.max(0, p + size * direction[j]),
    );
    let expected = 0;
    for (let j = 0; j <= bias; j++) expected += gradient[j] * (next[j] - parameters[j]);
    const nextLoss = lossAt(problem, next);
    if (nextLoss < loss && nextLoss <= loss + ARMIJO * expected) return { parameters: next, loss: nextLoss };
  }
  return null;
}
