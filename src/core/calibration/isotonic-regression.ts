import type { Floats } from '../vector.ts';

/**
 * A function that never falls: `values[i]` at `positions[i]`, both ascending, the positions strictly. Linear between,
 * constant outside (`interpolate`).
 */
export interface MonotoneFit {
  readonly positions: Float64Array;
  readonly values: Float64Array;
}

/**
 * Least squares among functions that never fall, by pooling adjacent violators (Barlow et al. 1972). Equal positions share
 * one value; of each run of equal values only its two ends stay as knots, as scikit-learn's IsotonicRegression keeps them.
 * @param positions ascending, finite
 * @param targets finite
 * @param weights ≥ 0; entries of weight 0 have no say
 * @returns at least one knot
 * @throws RangeError for lists of different length or no entry of positive weight
 * O(n).
 */
export function isotonicRegression(positions: Floats, targets: Floats, weights: Floats): MonotoneFit {
  const count = positions.length;
  if (targets.length !== count || weights.length !== count) {
    throw new RangeError(
      `expected ${count} targets and weights, one a position, got ${targets.length} and ${weights.length}`,
    );
  }
  // Each block: first and last position, weighted sum of targets, weight.
  const first = new Float64Array(count);
  const last = new Float64Array(count);
  const sums = new Float64Array(count);
  const masses = new Float64Array(count);
  let blocks = 0;
  for (let i = 0; i < count;) {
    const position = positions[i];
    let sum = 0;
    let mass = 0;
    for (; i < count && positions[i] === position; i++) {
      sum += weights[i] * targets[i];
      mass += weights[i];
    }
    if (Number.isNaN(position)) throw new RangeError('expected positions that are numbers, got NaN');
    if (mass === 0) continue;
    let start = position;
    // At equal means the blocks join too: one plateau, two knots.
    while (blocks > 0 && sums[blocks - 1] * mass >= sum * masses[blocks - 1]) {
      blocks--;
      sum += sums[blocks];
      mass += masses[blocks];
      start = first[blocks];
    }
    first[blocks] = start;
    last[blocks] = position;
    sums[blocks] = sum;
    masses[blocks++] = mass;
  }
  if (blocks === 0) throw new RangeError('expected positions of positive weight, got none');
  return knotsOf(first, last, sums, masses, blocks);
}

function knotsOf(
  first: Float64Array,
  last: Float64Array,
  sums: Float64Array,
  masses: Float64Array,
  blocks: number,
): MonotoneFit {
  const positions: number[] = [];
  const values: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const value = sums[block] / masses[block];
    positions.push(first[block]);
    values.push(value);
    if (last[block] === first[block]) continue;
    positions.push(last[block]);
    values.push(value);
  }
  return { positions: Float64Array.from(positions), values: Float64Array.from(values) };
}

/**
 * The value at a position: linear between knots, that of the first or last knot outside. Exact at knots and between knots
 * of equal value. O(log knots).
 * @param positions strictly ascending, at least one
 */
export function interpolate(positions: Float64Array, values: Float64Array, position: number): number {
  const end = positions.length - 1;
  if (position <= positions[0]) return values[0];
  if (position >= positions[end]) return values[end];
  let below = 0;
  let above = end;
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (positions[middle] <= position) below = middle;
    else above = middle;
  }
  const share = (position - positions[below]) / (positions[above] - positions[below]);
  return values[below] + share * (values[above] - values[below]);
}
