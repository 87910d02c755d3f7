import { interpolate } from './isotonic-regression.ts';
import type { Calibrator, IsotonicFit, PlattFit } from '../scoring/selection-model.ts';
import { logit, sigmoid } from './log-odds.ts';

/** The 0.975 quantile of the standard normal: a two-sided 95% interval. */
const NORMAL_QUANTILE_975 = 1.959963984540054;

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
 * 95% interval of `probability`, for what finitely many pairs leave open, as it is stored: Platt's on the log-odds, isotonic
 * regression's at its knots (src/core/fitting). Of a record made before Platt's was stored, 1.96 standard errors by the delta
 * method, which on few pairs are too few. It does not cover a change of domain.
 * @throws RangeError for a base rate outside (0, 1)
 */
export function probabilityInterval(
  calibrator: Calibrator,
  score: number,
  baseRate = calibrator.baseRate,
): [low: number, high: number] {
  const shift = shiftTo(calibrator, baseRate);
  const [low, high] =
    calibrator.kind === 'isotonic'
      ? [
          isotonicLogOdds(calibrator, calibrator.low, score),
          isotonicLogOdds(calibrator, calibrator.high, score),
        ]
      : plattInterval(calibrator, score);
  return [sigmoid(low + shift), sigmoid(high + shift)];
}

/** In log-odds, at the base rate of the fit. */
function plattInterval(fit: PlattFit, score: number): [low: number, high: number] {
  const centre = fit.slope * score + fit.intercept;
  if (fit.interval === undefined) {
    const [slopeVariance, covariance, interceptVariance] = fit.covariance;
    const variance = slopeVariance * score * score + 2 * covariance * score + interceptVariance;
    // Rounding may leave a hair below zero where the spread is nil.
    const half = NORMAL_QUANTILE_975 * Math.sqrt(Math.max(0, variance));
    return [centre - half, centre + half];
  }
  const { scores, low, high, slopes } = fit.interval;
  const below = Math.min(0, score - scores[0]);
  const above = Math.max(0, score - scores[scores.length - 1]);
  // Rounding may leave the line a hair outside.
  return [
    Math.min(centre, interpolate(scores, low, score) + slopes[1] * below + slopes[0] * above),
    Math.max(centre, interpolate(scores, high, score) + slopes[0] * below + slopes[1] * above),
  ];
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
  if (fit.kind === 'platt') {
    const { interval } = fit;
    const shifted = (logOdds: number): number => logOdds + shift;
    const moved = { ...fit, intercept: fit.intercept + shift };
    if (interval === undefined) return moved;
    return {
      ...moved,
      interval: { ...interval, low: interval.low.map(shifted), high: interval.high.map(shifted) },
    };
  }
  const move = (p: number): number => sigmoid(logit(p) + shift);
  return {
    ...fit,
    probabilities: fit.probabilities.map(move),
    low: fit.low.map(move),
    high: fit.high.map(move),
  };
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
