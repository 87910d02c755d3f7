import type { Floats } from '../vector.ts';
import { RELIABILITY_BINS, binOf, surprise } from './metrics.ts';
import type { Statistic } from './resampled-estimate.ts';

/** Area under the ROC curve, ties counting half. @param labels 1 for a match, 0 for a mismatch. Sorts once. */
export function aucStatistic(scores: Floats, labels: Uint8Array): Statistic {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  return { of: (weights) => weightedAuc(scores, labels, order, weights), least: 0, most: 1 };
}

/** @param order of the scores, ascending. @returns NaN where one class weighs nothing */
function weightedAuc(scores: Floats, labels: Uint8Array, order: Uint32Array, weights: Float64Array): number {
  let below = 0;
  let matches = 0;
  let area = 0;
  for (let start = 0; start < order.length;) {
    let tiedMatches = 0;
    let tiedMismatches = 0;
    let end = start;
    while (end < order.length && scores[order[end]] === scores[order[start]]) {
      const at = order[end++];
      if (labels[at] === 1) tiedMatches += weights[at];
      else tiedMismatches += weights[at];
    }
    area += tiedMatches * (below + tiedMismatches / 2);
    below += tiedMismatches;
    matches += tiedMatches;
    start = end;
  }
  return area / (matches * below);
}

/** Mean squared error of probabilities. */
export function brierStatistic(probabilities: Floats, labels: Uint8Array): Statistic {
  return meanStatistic(
    Float64Array.from(labels, (label, i) => (probabilities[i] - label) ** 2),
    0,
    1,
  );
}

/** Mean negative log-likelihood, in nats. */
export function logLossStatistic(probabilities: Floats, labels: Uint8Array): Statistic {
  return meanStatistic(surprises(probabilities, labels), 0, Infinity);
}

/** By how much the log loss of one list of probabilities is above that of another for the same pairs, in nats. */
export function extraLogLossStatistic(probabilities: Floats, other: Floats, labels: Uint8Array): Statistic {
  const others = surprises(other, labels);
  const differences = surprises(probabilities, labels).map((loss, i) => loss - others[i]);
  return meanStatistic(differences, -Infinity, Infinity);
}

function surprises(probabilities: Floats, labels: Uint8Array): Float64Array {
  return Float64Array.from(labels, (label, i) => surprise(probabilities[i], label));
}

function meanStatistic(values: Float64Array, least: number, most: number): Statistic {
  const of = (weights: Float64Array): number => {
    let sum = 0;
    let total = 0;
    for (let i = 0; i < values.length; i++) {
      sum += weights[i] * values[i];
      total += weights[i];
    }
    return sum / total;
  };
  return { of, least, most };
}

/** Expected calibration error over bins of equal width. */
export function eceStatistic(probabilities: Floats, labels: Uint8Array): Statistic {
  const bins = Uint8Array.from(probabilities, (p) => binOf(p, RELIABILITY_BINS));
  const of = (weights: Float64Array): number => {
    const gaps = new Float64Array(RELIABILITY_BINS);
    let total = 0;
    for (let i = 0; i < bins.length; i++) {
      gaps[bins[i]] += weights[i] * (probabilities[i] - labels[i]);
      total += weights[i];
    }
    return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
  };
  return { of, least: 0, most: 1 };
}
