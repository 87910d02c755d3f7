import { type PlattOptions, fitPlatt } from '../calibration/platt-scaling.ts';
import type { PlattFit } from '../scoring/selection-model.ts';
import type { Floats } from '../vector.ts';
import { profileInterval } from './profile-interval.ts';

/** Two parameters are fitted; fewer clusters than this leave no degree of freedom. */
const MIN_CLUSTERS = 3;
/** Of a 95% interval a fifth less than 5%: the likelihood ratio and the effect of clusters are approximations on few pairs. */
const TAIL = 0.04;

/**
 * Platt scaling with its interval by profile likelihood, on the labels themselves: smoothed targets keep the slope finite, but they
 * are more than was seen. Clusters widen it by how much they raise the variance of a log-odds in Platt's own covariance.
 * @returns without an interval where fewer than three clusters, or scores that are all equal, tell of none
 * @throws RangeError as `fitPlatt`
 */
export function fitPlattWithInterval(
  scores: Floats,
  labels: Uint8Array,
  options: PlattOptions = {},
): PlattFit {
  const fit = fitPlatt(scores, labels, options);
  const clusters = options.groups === undefined ? labels.length : new Set(Array.from(options.groups)).size;
  if (clusters < MIN_CLUSTERS || scores.every((score) => score === scores[0])) return fit;
  const apart = fitPlatt(scores, labels).covariance;
  const varianceAt = ([slope, both, intercept]: PlattFit['covariance'], score: number | null): number =>
    score === null ? slope : slope * score * score + 2 * both * score + intercept;
  const interval = profileInterval(scores, labels, { clusters, tail: TAIL }, (score) =>
    Math.max(1, varianceAt(fit.covariance, score) / varianceAt(apart, score)),
  );
  const { slope, intercept } = fit;
  const line = interval.scores.map((score) => slope * score + intercept);
  return {
    ...fit,
    // Smoothing draws the line inwards, at times out of what the labels allow; the interval still holds it.
    interval: {
      scores: interval.scores,
      low: interval.low.map((value, i) => Math.min(value, line[i])),
      high: interval.high.map((value, i) => Math.max(value, line[i])),
      slopes: [Math.min(interval.slopes[0], slope), Math.max(interval.slopes[1], slope)],
    },
  };
}
