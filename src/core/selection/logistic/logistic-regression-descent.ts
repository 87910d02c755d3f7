import { dot } from '../../vector.ts';
import type { L2Problem } from './logistic-regression-passes.ts';
import { evaluateL2 } from './logistic-regression-passes.ts';
import type { Preconditioner } from './logistic-regression.ts';
import { ARMIJO, emptyState, largestElement, minimizeL2, RESOLUTION } from './logistic-regression.ts';

/** Past steps that correct the inverse Hessian: the last few say all that the others did. */
const PAIRS = 6;
/** Where the inverse is that far off, Newton steps solved by conjugate gradients are the cheaper way. */
const MAX_PASSES = 40;

/** A step, and how the gradient changed along it. */
interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** Their inner product, > 0. */
  readonly curvature: number;
}

/**
 * Minimise as `minimizeL2` does, from near the minimum and with an inverse of the Hessian near it: limited-memory BFGS on
 * top of that inverse (Nocedal and Wright 2006, algorithm 7.4), whole steps only, each one pass over the matrix. Where a
 * whole step does not lower the objective enough, or the end is not in sight, `minimizeL2` goes on from there.
 * @param parameters weights and, last, the intercept: the start, and in place the end
 * @returns passes over the matrix
 */
export function descendL2(
  problem: L2Problem,
  parameters: Float64Array,
  goal: number,
  precondition: Preconditioner,
): number {
  const state = emptyState(problem);
  const width = parameters.length;
  const pairs: Pair[] = [];
  const direction = new Float64Array(width);
  let objective = evaluateL2(problem, parameters, state);
  let passes = 1;
  for (;;) {
    const gradient = state.gradient.slice();
    const largest = largestElement(gradient);
    if (largest <= goal) return passes;
    correctedDirection(gradient, pairs, precondition, direction);
    const slope = dot(gradient, 0, direction, 0, width);
    if (!(slope < 0) || passes === MAX_PASSES) break;
    const isBelowResolution = -slope < RESOLUTION * objective;
    const from = parameters.slice();
    for (let j = 0; j < width; j++) parameters[j] += direction[j];
    const reached = evaluateL2(problem, parameters, state);
    passes++;
    if (!isBelowResolution && !(reached <= objective + ARMIJO * slope)) {
      parameters.set(from);
      break;
    }
    // Rounding, not the direction, now bounds the gradient.
    if (isBelowResolution && largestElement(state.gradient) > 0.5 * largest) return passes;
    objective = reached;
    remember(pairs, direction, gradient, state.gradient);
  }
  const { steps, products } = minimizeL2(problem, parameters, goal, precondition);
  return passes + steps + products;
}

/** −H·gradient, H being the inverse as the pairs correct it. */
function correctedDirection(
  gradient: Float64Array,
  pairs: readonly Pair[],
  precondition: Preconditioner,
  out: Float64Array,
): void {
  const width = gradient.length;
  const residual = gradient.map((g) => -g);
  const shares = pairs.map(() => 0);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, curvature } = pairs[i];
    shares[i] = dot(step, 0, residual, 0, width) / curvature;
    for (let j = 0; j < width; j++) residual[j] -= shares[i] * change[j];
  }
  precondition(residual, out);
  pairs.forEach(({ step, change, curvature }, i) => {
    const share = shares[i] - dot(change, 0, out, 0, width) / curvature;
    for (let j = 0; j < width; j++) out[j] += share * step[j];
  });
}

function remember(pairs: Pair[], direction: Float64Array, before: Float64Array, after: Float64Array): void {
  const change = after.map((g, j) => g - before[j]);
  const curvature = dot(direction, 0, change, 0, change.length);
  if (!(curvature > 0)) return;
  pairs.push({ step: direction.slice(), change, curvature });
  if (pairs.length > PAIRS) pairs.shift();
}
