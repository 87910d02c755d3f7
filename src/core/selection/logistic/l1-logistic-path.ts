import type { Floats } from '../../vector.ts';
import { dot } from '../../vector.ts';
import type { L1Problem } from './l1-logistic-problem.ts';
import { l1Problem } from './l1-logistic-problem.ts';
import { DEFAULT_TOLERANCE, assertPositive, l1Logistic, minimizeL1 } from './l1-logistic.ts';
import { binaryInput } from './logistic-regression-input.ts';

export interface L1PathOptions {
  readonly count: number;
  readonly dim: number;
  /** Ascending values of C. By default a grid of equal ratios from the least C whose solution is about to leave zero. */
  readonly cs?: readonly number[];
  /** Stop once this many features have entered. Default: all. */
  readonly k?: number;
  /** As `l1Logistic` has it. */
  readonly tolerance?: number;
}

/** The solution at one C. */
export interface L1PathStep {
  readonly c: number;
  readonly weights: Float64Array;
  readonly intercept: number;
  readonly objective: number;
  readonly violation: number;
}

export interface L1Path {
  readonly steps: readonly L1PathStep[];
  /** Of each feature, the step at which its weight is first not zero; −1 when it never is. */
  readonly entries: Int32Array;
  /** The C that follows the last step in the grid, walked or not; Infinity after the last of given `cs`. */
  readonly nextC: number;
}

const GRID_STEPS_PER_DECADE = 25;
/** Of the grid: beyond a thousand times the first C little is left that a penalty chooses. */
const GRID_DECADES = 3;
/** The grid begins this share below the first C, where a solution within the tolerance has no weight yet. */
const HAIR = 1e-6;

/**
 * L1-regularised logistic regression over ascending C, each solution the start of the next. The grid, where it stops
 * and so every step of it do not depend on k, only how many steps are walked does: the entries of a smaller k are the
 * first entries of a larger one.
 * @param features row-major, shape [count, dim], finite
 * @param labels any two whole numbers, one a row
 * @throws RangeError as `l1Logistic` does, for `cs` that do not ascend from above 0, or k beyond dim
 */
export function l1LogisticPath(features: Floats, labels: ArrayLike<number>, options: L1PathOptions): L1Path {
  const { dim, k = dim, tolerance = DEFAULT_TOLERANCE } = options;
  assertPositive('tolerance', tolerance);
  if (!Number.isInteger(k) || k < 0 || k > dim) {
    throw new RangeError(`expected k from 0 to ${dim} features, got ${k}`);
  }
  const problem = l1Problem(binaryInput(features, labels, options));
  const cs = options.cs ?? gridOf(firstC(problem));
  assertAscending(cs);
  const parameters = new Float64Array(dim + 1);
  const entries = new Int32Array(dim).fill(-1);
  const steps: L1PathStep[] = [];
  let entered = 0;
  for (const c of cs) {
    const { objective, violation } = minimizeL1(problem, c, parameters, tolerance);
    for (let j = 0; j < dim; j++) {
      if (parameters[j] === 0 || entries[j] >= 0) continue;
      entries[j] = steps.length;
      entered++;
    }
    steps.push({ c, weights: parameters.slice(0, dim), intercept: parameters[dim], objective, violation });
    if (entered >= k) break;
  }
  return { steps, entries, nextC: cs[steps.length] ?? Infinity };
}

/**
 * The largest C at which every feature weighs nothing. The intercept, penalised too, may have entered before: it then
 * solves c·|n₊ − n·p| = 1, which leaves a linear equation in C for every feature.
 * @returns Infinity when no C moves any feature
 */
export function firstC({ columns, targets, count, width }: L1Problem): number {
  const positives = targets.reduce((sum, target) => sum + target, 0);
  const balance = 2 * positives - count;
  const interceptC = 2 / Math.abs(balance);
  const halves = Float64Array.from(targets, (target) => target - 0.5);
  const rates = Float64Array.from(targets, (target) => target - positives / count);
  const ones = new Float64Array(count).fill(1);
  let first = Infinity;
  let afterIntercept = Infinity;
  for (let j = 0; j + 1 < width; j++) {
    first = Math.min(first, 1 / Math.abs(dot(columns, j * count, halves, 0, count)));
    const slope = dot(columns, j * count, rates, 0, count);
    const shift = (Math.sign(balance) * dot(columns, j * count, ones, 0, count)) / count;
    for (const end of [1, -1]) {
      const c = (end - shift) / slope;
      if (c >= interceptC) afterIntercept = Math.min(afterIntercept, c);
    }
  }
  return first <= interceptC ? first : afterIntercept;
}

function gridOf(first: number): number[] {
  if (first === Infinity) return [];
  const count = GRID_DECADES * GRID_STEPS_PER_DECADE + 1;
  return Array.from({ length: count }, (_, i) => first * (1 - HAIR) * 10 ** (i / GRID_STEPS_PER_DECADE));
}

function assertAscending(cs: readonly number[]): void {
  cs.forEach((c, i) => {
    assertPositive('c', c);
    if (i > 0 && c <= cs[i - 1])
      throw new RangeError(`expected ascending values of c, got ${c} after ${cs[i - 1]}`);
  });
}

/**
 * A score for every feature, the earlier it enters the path the higher: 1/C of the step it enters at for the largest
 * |weight| of that step, and below it, down to but not reaching 1/C of the next step, evenly by rank of |weight|. NaN
 * where a feature never enters.
 */
export function entryScores({ steps, entries, nextC }: L1Path): Float64Array {
  const scores = new Float64Array(entries.length).fill(NaN);
  steps.forEach(({ c, weights }, step) => {
    const entered = [...entries.keys()].filter((j) => entries[j] === step);
    const sizes = [...new Set(entered.map((j) => Math.abs(weights[j])))].sort((a, b) => b - a);
    const next = steps[step + 1]?.c ?? nextC;
    for (const j of entered) {
      const rank = sizes.indexOf(Math.abs(weights[j]));
      scores[j] = 1 / c - (rank / sizes.length) * (1 / c - 1 / next);
    }
  });
  return scores;
}

export interface L1ScoreOptions {
  readonly count: number;
  readonly dim: number;
  /** How many features must have a score when no C is given. */
  readonly k: number;
  /** Score by |weight| at this C instead of by entry into the path. */
  readonly c?: number;
}

/**
 * Scores of the strategy `l1-logistic`. With `c`: |weight| at that C, 0 where left out. Without: `entryScores` of the
 * path up to k features; masks of any k′ ≤ k are nested, and those of a larger k begin with them.
 * @throws RangeError as `l1Logistic` and `l1LogisticPath` do
 */
export function l1LogisticScores(
  features: Floats,
  labels: ArrayLike<number>,
  { count, dim, k, c }: L1ScoreOptions,
): { readonly scores: Float64Array; readonly params: Readonly<Record<string, number>> } {
  if (c !== undefined) {
    const { weights } = l1Logistic(features, labels, { count, dim, c });
    return { scores: weights.map(Math.abs), params: { c } };
  }
  const path = l1LogisticPath(features, labels, { count, dim, k });
  const params: Record<string, number> = { stepsPerDecade: GRID_STEPS_PER_DECADE };
  if (path.steps.length > 0) {
    params.firstC = path.steps[0].c;
    params.lastC = path.steps[path.steps.length - 1].c;
  }
  const scores = entryScores(path);
  // With a penalised intercept a constant feature is a cheaper one, and enters for that alone.
  for (let j = 0; j < dim; j++) if (isConstant(features, count, dim, j)) scores[j] = NaN;
  return { scores, params };
}

function isConstant(features: Floats, count: number, dim: number, feature: number): boolean {
  for (let row = 1; row < count; row++) {
    if (features[row * dim + feature] !== features[feature]) return false;
  }
  return true;
}
