import { exp, log1p } from '../exp-log.ts';
import { sigmoid } from './log-odds.ts';
import type { PlattFit } from '../scoring/selection-model.ts';
import type { Floats } from '../vector.ts';

export interface PlattOptions {
  /** Scores of one group are taken as dependent: the covariance is then clustered by it. */
  readonly groups?: ArrayLike<number>;
}

const MAX_NEWTON_STEPS = 100;
/** Of the gradient, a score: far above its rounding noise, far below what moves a digit of the fit. */
const GRADIENT_TOLERANCE = 1e-13;
const ROUNDING_SLACK = 1e-12;
const SMALLEST_STEP = 1e-10;
/** Keeps the Hessian regular when all scores are equal; far below any curvature the data brings. */
const RIDGE = 1e-12;
/** Each parameter takes one degree of freedom; fewer clusters than this say nothing about the spread. */
const MIN_CLUSTERS = 3;

/**
 * Fit Platt scaling by Newton's method with step halving, on standardised scores and Platt's smoothed targets
 * ((n₊+1)/(n₊+2) and 1/(n₋+2)), so that separable scores keep a finite slope. Sources: Platt 1999; Lin, Lin and Weng
 * 2007, "A note on Platt's probabilistic outputs". The covariance is the inverse Hessian, or with groups the clustered
 * sandwich H⁻¹(Σ gᵢgᵢᵀ)H⁻¹·G/(G−1) (Liang and Zeger 1986), from at least three groups. The fit holds at the share of
 * matches among `labels`; `atBaseRate` moves it.
 * @param scores finite, larger for a match
 * @param labels 1 for a match, 0 for a mismatch; both must be present
 * @throws RangeError for lists of different length, a score that is not finite, or labels of one class only
 */
export function fitPlatt(scores: Floats, labels: Uint8Array, options: PlattOptions = {}): PlattFit {
  const count = scores.length;
  assertSameLength(count, labels.length, 'labels');
  const targets = smoothedTargets(labels);
  const { x, mean, scale } = standardize(scores);
  const [slope, intercept] = newton(x, targets);
  const groups = options.groups ?? null;
  if (groups !== null) assertSameLength(count, groups.length, 'groups');
  const [a, b, c] = covarianceOf(x, targets, groups, slope, intercept);
  // Back from standardised scores: slope' = slope/scale, intercept' = intercept − slope·mean/scale.
  const shift = mean / scale;
  return {
    kind: 'platt',
    slope: slope / scale,
    intercept: intercept - slope * shift,
    covariance: [a / scale ** 2, (b - shift * a) / scale, c - 2 * shift * b + shift ** 2 * a],
  };
}

/**
 * Platt's targets: (n₊+1)/(n₊+2) for a match, 1/(n₋+2) for a mismatch, n the number of each.
 * @throws RangeError when there is none of either
 */
export function smoothedTargets(labels: Uint8Array): Float64Array {
  const matches = labels.reduce((sum, label) => sum + Number(label === 1), 0);
  const mismatches = labels.length - matches;
  if (matches === 0 || mismatches === 0) {
    throw new RangeError(`expected matches and mismatches, got ${matches} and ${mismatches}`);
  }
  const high = (matches + 1) / (matches + 2);
  const low = 1 / (mismatches + 2);
  return Float64Array.from(labels, (label) => (label === 1 ? high : low));
}

function standardize(scores: Floats): { x: Float64Array; mean: number; scale: number } {
  let sum = 0;
  for (const score of scores) sum += score;
  const mean = sum / scores.length;
  let squares = 0;
  for (const score of scores) squares += (score - mean) ** 2;
  const deviation = Math.sqrt(squares / scores.length);
  if (!Number.isFinite(deviation)) throw new RangeError('expected finite scores');
  const scale = deviation > 0 ? deviation : 1;
  return { x: Float64Array.from(scores, (score) => (score - mean) / scale), mean, scale };
}

function newton(x: Float64Array, targets: Float64Array): [number, number] {
  let slope = 0;
  let intercept = 0;
  const tolerance = GRADIENT_TOLERANCE * x.length;
  let loss = lossAt(x, targets, slope, intercept);
  for (let step = 0; step < MAX_NEWTON_STEPS; step++) {
    const [gradientA, gradientB, haa, hab, hbb] = derivatives(x, targets, slope, intercept);
    if (Math.max(Math.abs(gradientA), Math.abs(gradientB)) < tolerance) break;
    const determinant = haa * hbb - hab * hab;
    const stepA = -(hbb * gradientA - hab * gradientB) / determinant;
    const stepB = -(haa * gradientB - hab * gradientA) / determinant;
    let size = 1;
    let next = lossAt(x, targets, slope + stepA, intercept + stepB);
    // Near the end the loss is flat to its rounding noise, while the gradient still has digits to give.
    const ceiling = loss * (1 + ROUNDING_SLACK);
    while (next > ceiling && size > SMALLEST_STEP) {
      size /= 2;
      next = lossAt(x, targets, slope + size * stepA, intercept + size * stepB);
    }
    slope += size * stepA;
    intercept += size * stepB;
    loss = next;
  }
  return [slope, intercept];
}

function lossAt(x: Float64Array, targets: Float64Array, slope: number, intercept: number): number {
  let loss = 0;
  for (let i = 0; i < x.length; i++) {
    const z = slope * x[i] + intercept;
    loss += Math.max(z, 0) - z * targets[i] + log1p(exp(-Math.abs(z)));
  }
  return loss;
}

/** Gradient and Hessian of the loss: [∂slope, ∂intercept, slope², slope·intercept, intercept²]. */
function derivatives(
  x: Float64Array,
  targets: Float64Array,
  slope: number,
  intercept: number,
): [number, number, number, number, number] {
  let gradientA = 0;
  let gradientB = 0;
  let haa = RIDGE;
  let hab = 0;
  let hbb = RIDGE;
  for (let i = 0; i < x.length; i++) {
    const p = sigmoid(slope * x[i] + intercept);
    const residual = p - targets[i];
    const curvature = p * (1 - p);
    gradientA += residual * x[i];
    gradientB += residual;
    haa += curvature * x[i] * x[i];
    hab += curvature * x[i];
    hbb += curvature;
  }
  return [gradientA, gradientB, haa, hab, hbb];
}

/** [var(slope), cov, var(intercept)] of the standardised fit. */
function covarianceOf(
  x: Float64Array,
  targets: Float64Array,
  groups: ArrayLike<number> | null,
  slope: number,
  intercept: number,
): [number, number, number] {
  const [, , haa, hab, hbb] = derivatives(x, targets, slope, intercept);
  const determinant = haa * hbb - hab * hab;
  const inverse: [number, number, number] = [hbb / determinant, -hab / determinant, haa / determinant];
  const clusters = groups === null ? [] : clusterGradients(x, targets, groups, slope, intercept);
  if (clusters.length < MIN_CLUSTERS) return inverse;
  const correction = clusters.length / (clusters.length - 1);
  const [iaa, iab, ibb] = inverse;
  const sum: [number, number, number] = [0, 0, 0];
  for (const [a, b] of clusters) {
    const u = iaa * a + iab * b;
    const v = iab * a + ibb * b;
    sum[0] += correction * u * u;
    sum[1] += correction * u * v;
    sum[2] += correction * v * v;
  }
  return sum;
}

function clusterGradients(
  x: Float64Array,
  targets: Float64Array,
  groups: ArrayLike<number>,
  slope: number,
  intercept: number,
): [number, number][] {
  const sums = new Map<number, [number, number]>();
  for (let i = 0; i < x.length; i++) {
    const residual = sigmoid(slope * x[i] + intercept) - targets[i];
    const sum = sums.get(groups[i]) ?? [0, 0];
    sum[0] += residual * x[i];
    sum[1] += residual;
    sums.set(groups[i], sum);
  }
  return [...sums.values()];
}

function assertSameLength(expected: number, actual: number, what: string): void {
  if (expected !== actual) throw new RangeError(`expected ${expected} ${what}, one a score, got ${actual}`);
}
