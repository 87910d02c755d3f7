import { interpolate } from './isotonic-regression.ts';
import type { Calibrator, Decision, IsotonicFit, PlattFit } from '../scoring/selection-model.ts';
import type { Floats } from '../vector.ts';

export interface PlattOptions {
  /** Scores of one group are taken as dependent: the covariance is then clustered by it. */
  readonly groups?: ArrayLike<number>;
}

/** The 0.975 quantile of the standard normal: a two-sided 95% interval. */
const NORMAL_QUANTILE_975 = 1.959963984540054;
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
 * P(text belongs to the image), in [0, 1]; it never falls as the score rises, unless Platt's slope is negative.
 * @param baseRate share of true pairs where the score comes from, in (0, 1); moves the log-odds. Default: the
 *   calibrator's own
 * @throws RangeError for a base rate outside (0, 1)
 */
export function probability(calibrator: Calibrator, score: number, baseRate = calibrator.baseRate): number {
  return sigmoid(logOdds(calibrator, score) + shiftTo(calibrator, baseRate));
}

/**
 * `probability` of every score; the base rate is worked out once.
 * @returns new array of the same length
 * @throws RangeError for a base rate outside (0, 1)
 */
export function probabilities(
  calibrator: Calibrator,
  scores: Float64Array,
  baseRate = calibrator.baseRate,
): Float64Array {
  const shift = shiftTo(calibrator, baseRate);
  const moved = new Float64Array(scores.length);
  for (let i = 0; i < moved.length; i++) moved[i] = sigmoid(logOdds(calibrator, scores[i]) + shift);
  return moved;
}

/**
 * 95% interval of `probability`, for what finitely many pairs leave open: Platt's from the spread of slope and intercept
 * by the delta method on the log-odds, isotonic regression's from the bootstrap at its knots. It does not cover a change of
 * domain.
 * @throws RangeError for a base rate outside (0, 1)
 */
export function probabilityInterval(
  calibrator: Calibrator,
  score: number,
  baseRate = calibrator.baseRate,
): [low: number, high: number] {
  const shift = shiftTo(calibrator, baseRate);
  if (calibrator.kind === 'isotonic') {
    const { low, high } = calibrator;
    return [
      sigmoid(isotonicLogOdds(calibrator, low, score) + shift),
      sigmoid(isotonicLogOdds(calibrator, high, score) + shift),
    ];
  }
  const [slopeVariance, covariance, interceptVariance] = calibrator.covariance;
  const variance = slopeVariance * score * score + 2 * covariance * score + interceptVariance;
  // Rounding may leave a hair below zero where the spread is nil.
  const half = NORMAL_QUANTILE_975 * Math.sqrt(Math.max(0, variance));
  const centre = logOdds(calibrator, score) + shift;
  return [sigmoid(centre - half), sigmoid(centre + half)];
}

/**
 * A fit that holds where a share `from` of the pairs are matches, moved to where `to` are (Saerens, Latinne and Decaestecker
 * 2002): every log-odds moves by logit(to) − logit(from), so that what the scores tell is left as it was.
 * @returns `fit` itself where nothing moves
 * @throws RangeError for a rate outside (0, 1)
 */
export function atBaseRate<Fit extends PlattFit | IsotonicFit>(fit: Fit, from: number, to: number): Fit {
  const shift = logit(to) - logit(from);
  if (shift === 0) return fit;
  if (fit.kind === 'platt') return { ...fit, intercept: fit.intercept + shift };
  const move = (p: number): number => sigmoid(logit(p) + shift);
  return {
    ...fit,
    probabilities: fit.probabilities.map(move),
    low: fit.low.map(move),
    high: fit.high.map(move),
  };
}

/** MATCH at or above `matchThreshold`, MISMATCH at or below `mismatchThreshold`, UNCERTAIN between. */
export function decide(
  calibrator: Pick<Calibrator, 'matchThreshold' | 'mismatchThreshold'>,
  probabilityOfMatch: number,
): Decision {
  if (probabilityOfMatch >= calibrator.matchThreshold) return 'MATCH';
  if (probabilityOfMatch <= calibrator.mismatchThreshold) return 'MISMATCH';
  return 'UNCERTAIN';
}

/**
 * The end of the scores on one side of a threshold: the lowest score of at least this probability (`match`), the highest
 * of at most it (`mismatch`), for a probability that rises with the score.
 * @param threshold at the calibrator's own base rate
 * @returns null where no score reaches it, or all do
 */
export function scoreAtThreshold(
  calibrator: Calibrator,
  threshold: number,
  side: 'match' | 'mismatch',
): number | null {
  if (!(threshold > 0 && threshold < 1)) return null;
  if (calibrator.kind === 'platt') {
    return calibrator.slope > 0 ? (logit(threshold) - calibrator.intercept) / calibrator.slope : null;
  }
  const { scores, probabilities } = calibrator;
  // Thresholds are probabilities that went through log-odds and back.
  const reached = (p: number): boolean =>
    side === 'match' ? sigmoid(logit(p)) >= threshold : sigmoid(logit(p)) <= threshold;
  const at = side === 'match' ? probabilities.findIndex(reached) : probabilities.findLastIndex(reached);
  const next = side === 'match' ? at - 1 : at + 1;
  if (at < 0 || next < 0 || next >= scores.length) return null;
  const step = probabilities[next] - probabilities[at];
  const share = Math.min(1, Math.max(0, (threshold - probabilities[at]) / step));
  return scores[at] + share * (scores[next] - scores[at]);
}

/** 1/(1+e⁻ˣ) without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** @throws RangeError outside (0, 1) */
export function logit(rate: number): number {
  if (!(rate > 0 && rate < 1)) throw new RangeError(`expected a rate between 0 and 1, got ${rate}`);
  return Math.log(rate / (1 - rate));
}

/** At the calibrator's own base rate. */
function logOdds(calibrator: Calibrator, score: number): number {
  return calibrator.kind === 'isotonic'
    ? isotonicLogOdds(calibrator, calibrator.probabilities, score)
    : calibrator.slope * score + calibrator.intercept;
}

function isotonicLogOdds({ scores }: IsotonicFit, values: Float64Array, score: number): number {
  return logit(interpolate(scores, values, score));
}

function shiftTo(calibrator: Calibrator, baseRate: number): number {
  return logit(baseRate) - logit(calibrator.baseRate);
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
    loss += Math.max(z, 0) - z * targets[i] + Math.log1p(Math.exp(-Math.abs(z)));
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
