import type { BinaryInput } from '../logistic/logistic-regression-input.ts';
import { inverseHessian, symmetricProduct, takeOut } from '../logistic/logistic-regression-inverse.ts';
import type { L2Problem } from '../logistic/logistic-regression-passes.ts';
import { gradientGoal, minimizeL2 } from '../logistic/logistic-regression.ts';

/** One fit of an elimination; the next fit may overwrite it. */
export interface EliminationFit {
  /** Numbers of the features fitted, ascending. */
  readonly kept: Uint32Array;
  /** Their weights and, last, the intercept. */
  readonly parameters: Float64Array;
  /** Places in `kept`, the largest |weight| first, of equal ones the higher place. */
  readonly ranked: Uint32Array;
}

/** Of the goal of a fit: near enough to the end for the curvature there. */
const ROUGH = 1e5;
/** Products with the Hessian a fit takes without an inverse of it, and with a fresh one. */
const PLAIN_PRODUCTS = 20;
const FRESH_PRODUCTS = 4;

/**
 * Fit a logistic regression (½w·w + c·log loss, free intercept), leave out the `step` features of the smallest weights
 * and repeat until `downTo` are left and fitted.
 *
 * Fits begin where the quadratic around the last one has its minimum without the features left out, and are solved by
 * conjugate gradients preconditioned with the inverse of a Hessian from which those features are taken out as well: 3 to
 * 10 passes over the matrix a fit. The inverse is made anew when the passes wasted on an old one would have paid for it.
 * @param step whole features, at least 1
 * @param visit called after every fit
 * O(fits·passes·count·dim), and count·dim² + dim³ an inverse; holds a float64 copy of the features and dim² numbers.
 */
export function eliminate(
  { features, targets, count, dim }: BinaryInput,
  { step, downTo, c }: { readonly step: number; readonly downTo: number; readonly c: number },
  visit: (fit: EliminationFit) => void,
): void {
  let problem: L2Problem = { rows: Float64Array.from(features), targets, count, dim, c };
  const goal = gradientGoal(problem);
  let parameters: Float64Array = new Float64Array(dim + 1);
  let kept = Uint32Array.from({ length: dim }, (_, j) => j);
  let inverse: Float64Array | null = null;
  let excess = PLAIN_PRODUCTS;
  let wasted = Infinity;
  for (let left = dim; ; left = problem.dim) {
    const savings = excess * Math.ceil((left - downTo) / step) * count * left;
    const cost = inverseCost(count, left);
    if (savings > cost && wasted > cost) {
      inverse = inverseHessian(problem, minimizeL2(problem, parameters, ROUGH * goal).curvatures);
      wasted = 0;
    }
    const precondition = inverse === null ? undefined : symmetricProduct(inverse, left + 1);
    const { products } = minimizeL2(problem, parameters, goal, precondition);
    excess = Math.max(0, products - FRESH_PRODUCTS);
    wasted += 2 * excess * count * left;
    const ranked = byImportance(parameters, left);
    visit({ kept, parameters, ranked });
    if (left === downTo) return;
    const remaining = Math.max(downTo, left - step);
    const stay = ranked.slice(0, remaining).sort();
    keepColumns(problem.rows, count, left, stay);
    problem = { ...problem, dim: remaining };
    kept = stay.map((at) => kept[at]);
    const stayWithIntercept = Uint32Array.of(...stay, left);
    if (inverse === null) parameters = Float64Array.from(stayWithIntercept, (at) => parameters[at]);
    else
      ({ inverse, parameters } = takeOut(inverse, parameters, ranked.subarray(remaining), stayWithIntercept));
  }
}

/** In multiplications of a pass over the matrix; those of the Hessian are eight times as fast. */
function inverseCost(count: number, dim: number): number {
  return (count * dim ** 2) / 8 + dim ** 3;
}

function byImportance(parameters: Float64Array, left: number): Uint32Array {
  const squares = parameters.map((w) => w * w);
  return Uint32Array.from({ length: left }, (_, j) => j).sort((a, b) => squares[b] - squares[a] || b - a);
}

/** Close the gaps in place: the rows then have `stay.length` columns, with a useless end. @param stay ascending */
function keepColumns(rows: Float64Array, count: number, dim: number, stay: Uint32Array): void {
  const left = stay.length;
  for (let row = 0; row < count; row++) {
    const from = row * dim;
    const to = row * left;
    for (let j = 0; j < left; j++) rows[to + j] = rows[from + stay[j]];
  }
}
