import { dot } from '../../vector.ts';
import type { L1Problem } from './l1-logistic-problem.ts';
import { violationAt } from './l1-logistic-problem.ts';

const MAX_SWEEPS = 1000;
/** Of the violation before the step: how far the quadratic is solved at least. */
const LOOSEST = 0.1;
/** Keeps a column of zeros or of vanished curvature divisible. */
const RIDGE = 1e-12;
/** Where the curvature has vanished a Newton step knows no bound; liblinear's own. */
const LONGEST_MOVE = 10;

/**
 * The direction d that minimises ‖w + d‖₁ + g·d + ½dᵀHd with H = Σ curvatureᵢ·xᵢxᵢᵀ, by coordinate descent over the
 * weights that are not zero or whose subgradient is violated.
 * @param violation the largest violation at w; the quadratic is solved to a share of it that shrinks with it, and
 *   no further than half the tolerance
 * @returns length width, zero outside those weights
 */
export function stepOfQuadratic(
  { columns, count, width }: L1Problem,
  parameters: Float64Array,
  gradient: Float64Array,
  curvatures: Float64Array,
  violation: number,
  tolerance: number,
): Float64Array {
  const working: number[] = [];
  const diagonal = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    if (parameters[j] === 0 && Math.abs(gradient[j]) <= 1) continue;
    working.push(j);
    diagonal[j] = weightedSquares(columns, j * count, curvatures) + RIDGE;
  }
  const goal = Math.max(0.5 * tolerance, violation * Math.min(LOOSEST, violation));
  const direction = new Float64Array(width);
  // curvature·(X d), kept up to date, so that a coordinate's slope is one inner product.
  const pulls = new Float64Array(count);
  let active = working;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let largest = 0;
    const kept: number[] = [];
    for (const j of active) {
      const slope = gradient[j] + dot(columns, j * count, pulls, 0, count);
      const weight = parameters[j] + direction[j];
      const violated = violationAt(weight, slope);
      if (violated > largest) largest = violated;
      const move = coordinateMove(slope, diagonal[j], weight);
      if (move !== 0) {
        direction[j] += move;
        addScaledProducts(pulls, columns, j * count, curvatures, move);
      }
      if (parameters[j] + direction[j] !== 0 || violated > 0) kept.push(j);
    }
    if (largest > goal) active = kept;
    else if (active.length === working.length) break;
    else active = working;
  }
  return direction;
}

/** Minimises slope·z + ½·curvature·z² + |weight + z|. */
function coordinateMove(slope: number, curvature: number, weight: number): number {
  const unbounded =
    slope + 1 < curvature * weight
      ? -(slope + 1) / curvature
      : slope - 1 > curvature * weight
        ? -(slope - 1) / curvature
        : -weight;
  return Math.min(LONGEST_MOVE, Math.max(-LONGEST_MOVE, unbounded));
}

function weightedSquares(columns: Float64Array, offset: number, curvatures: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < curvatures.length; i++) {
    const x = columns[offset + i];
    sum += curvatures[i] * x * x;
  }
  return sum;
}

/** sums += scale·curvatures·column */
function addScaledProducts(
  sums: Float64Array,
  columns: Float64Array,
  offset: number,
  curvatures: Float64Array,
  scale: number,
): void {
  for (let i = 0; i < sums.length; i++) sums[i] += scale * curvatures[i] * columns[offset + i];
}
