import { rowMatrix } from '../../linear-algebra/kernels/fast-rows.ts';
import type { RowMatrix } from '../../linear-algebra/row-matrix.ts';
import { descendL2 } from '../logistic/logistic-regression-descent.ts';
import type { BinaryInput } from '../logistic/logistic-regression-input.ts';
import { inverseHessian, symmetricProduct, takeOut } from '../logistic/logistic-regression-inverse.ts';
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
/** Passes over the matrix that a fit takes without an inverse Hessian, and with a fresh one. */
const PLAIN_PASSES = 20;
const FRESH_PASSES = 3;

/**
 * Fit a logistic regression (½w·w + c·log loss, free intercept), leave out the `step` features of the smallest weights
 * and repeat until `downTo` are left and fitted.
 *
 * Fits begin where the quadratic around the last one has its minimum without the features left out, and descend by an
 * inverse Hessian from which those features are taken out as well: 3 to 8 passes over the matrix a fit. The inverse is
 * made anew when the passes wasted on an old one would have paid for it.
 * @param step whole features, at least 1
 * @param visit called after every fit
 * O(fits·passes·count·dim), and count·dim² + dim³ an inverse; holds a copy of the features and dim² numbers.
 */
export function eliminate(
  { features, targets, count, dim }: BinaryInput,
  { step, downTo, c }: { readonly step: number; readonly downTo: number; readonly c: number },
  visit: (fit: EliminationFit) => void,
): void {
  const rows = rowMatrix(features, count, dim);
  const problem = { rows, targets, c };
  const goal = gradientGoal(problem);
  let parameters: Float64Array = new Float64Array(dim + 1);
  let kept = Uint32Array.from({ length: dim }, (_, j) => j);
  let inverse: Float64Array | null = null;
  let excess = PLAIN_PASSES;
  let wasted = Infinity;
  for (let left = dim; ; left = rows.dim) {
    const savings = excess * Math.ceil((left - downTo) / step) * count * left;
    const cost = inverseCost(rows);
    if (savings > cost && wasted > cost) {
      inverse = inverseHessian(problem, minimizeL2(problem, parameters, ROUGH * goal).curvatures);
      wasted = 0;
    }
    let passes: number;
    if (inverse === null) passes = minimizeL2(problem, parameters, goal).products;
    else passes = descendL2(problem, parameters, goal, symmetricProduct(inverse, left + 1));
    excess = Math.max(0, passes - FRESH_PASSES);
    wasted += excess * count * left;
    const ranked = byImportance(parameters, left);
    visit({ kept, parameters, ranked });
    if (left === downTo) return;
    const remaining = Math.max(downTo, left - step);
    const stay = ranked.slice(0, remaining).sort();
    rows.keepColumns(stay);
    kept = stay.map((at) => kept[at]);
    const stayWithIntercept = Uint32Array.of(...stay, left);
    const taken: ReturnType<typeof takeOut> =
      inverse === null ? null : takeOut(inverse, parameters, ranked.subarray(remaining), stayWithIntercept);
    inverse = taken?.inverse ?? null;
    parameters = taken?.parameters ?? Float64Array.from(stayWithIntercept, (at) => parameters[at]);
  }
}

/** In elements read by a pass over the matrix: the Hessian is a product of matrices, six multiplications as fast as one. */
function inverseCost({ count, dim }: RowMatrix): number {
  return (count * dim ** 2) / 6 + dim ** 3 / 3;
}

function byImportance(parameters: Float64Array, left: number): Uint32Array {
  const squares = parameters.map((w) => w * w);
  return Uint32Array.from({ length: left }, (_, j) => j).sort((a, b) => squares[b] - squares[a] || b - a);
}
