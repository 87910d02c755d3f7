import { log } from '../exp-log.ts';
import type { Floats } from '../vector.ts';

/** Of equal width, unless told otherwise. */
export const RELIABILITY_BINS = 10;

/** One bar of a reliability diagram: pairs whose probability lies in [low, high), the last bin closed. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** NaN-free: null in an empty bin. */
  readonly meanProbability: number | null;
  /** Share of true pairs, or null in an empty bin. */
  readonly matchShare: number | null;
}

/**
 * Area under the ROC curve: the chance that a random positive scores above a random negative, ties counting half
 * (Mann–Whitney U).
 * @param labels 1 for a positive, 0 for a negative; both must be present
 * @throws RangeError for lists of different length, one class, or NaN
 */
export function auc(scores: Floats, labels: Uint8Array): number {
  assertPaired(scores, labels);
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    let tiedPositives = 0;
    while (end < order.length && scores[order[end]] === scores[order[start]]) {
      tiedPositives += labels[order[end++]];
    }
    if (end === start) throw new RangeError('expected scores that are numbers, got NaN');
    // Ranks start + 1 to end share their mean.
    rankSum += (tiedPositives * (start + 1 + end)) / 2;
    positives += tiedPositives;
    start = end;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) {
    throw new RangeError(`expected positives and negatives, got ${positives} and ${negatives}`);
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Mean squared error of probabilities, in [0, 1]. @throws RangeError for no pairs or lists of different length */
export function brier(probabilities: Floats, labels: Uint8Array): number {
  assertPaired(probabilities, labels);
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) sum += (probabilities[i] - labels[i]) ** 2;
  return sum / probabilities.length;
}

/**
 * −ln of the probability that was given to what was true, in nats: −ln p of a match, −ln(1 − p) of a mismatch. Probabilities are
 * kept 2.2e-16 from 0 and 1, as scikit-learn's `log_loss` does, so that one sure mistake is not infinite.
 */
export function surprise(p: number, label: number): number {
  const kept = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, p));
  return -log(label === 1 ? kept : 1 - kept);
}

/**
 * Bins of equal width over [0, 1].
 * @throws RangeError for lists of different length, or a probability outside [0, 1]
 */
export function reliabilityBins(
  probabilities: Floats,
  labels: Uint8Array,
  binCount = RELIABILITY_BINS,
): ReliabilityBin[] {
  assertPaired(probabilities, labels);
  const counts = new Uint32Array(binCount);
  const sums = new Float64Array(binCount);
  const matches = new Uint32Array(binCount);
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i];
    if (!(p >= 0 && p <= 1)) throw new RangeError(`expected probabilities in [0, 1], got ${p}`);
    const bin = binOf(p, binCount);
    counts[bin]++;
    sums[bin] += p;
    matches[bin] += labels[i];
  }
  return Array.from(counts, (count, bin) => ({
    low: bin / binCount,
    high: (bin + 1) / binCount,
    count,
    meanProbability: count === 0 ? null : sums[bin] / count,
    matchShare: count === 0 ? null : matches[bin] / count,
  }));
}

/** The bin of a probability in [0, 1]; the last is closed. */
export function binOf(p: number, binCount: number): number {
  return Math.min(binCount - 1, Math.floor(p * binCount));
}

/**
 * Expected calibration error, in [0, 1]: the gap between mean probability and share of true pairs, averaged over bins of
 * equal width by their counts (Guo et al. 2017). Biased upwards on few pairs.
 */
export function expectedCalibrationError(
  probabilities: Floats,
  labels: Uint8Array,
  binCount = RELIABILITY_BINS,
): number {
  let gap = 0;
  for (const { count, meanProbability, matchShare } of reliabilityBins(probabilities, labels, binCount)) {
    if (meanProbability !== null && matchShare !== null)
      gap += count * Math.abs(meanProbability - matchShare);
  }
  return gap / probabilities.length;
}

/** Shared over all indices of two sets, in [0, 1]; 1 for two empty sets. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  const shared = sharedCount(a, b);
  const all = a.length + b.length - shared;
  return all === 0 ? 1 : shared / all;
}

/**
 * Kuncheva's consistency of two subsets of equal size k out of `dim` (2007): 1 for equal sets, 0 for what chance would
 * share; null for k = 0 or k = dim, where it is undefined.
 * @throws RangeError for sets of different size
 */
export function kuncheva(a: Uint32Array, b: Uint32Array, dim: number): number | null {
  const k = a.length;
  if (b.length !== k) throw new RangeError(`expected sets of one size, got ${k} and ${b.length}`);
  if (k === 0 || k === dim) return null;
  const chance = (k * k) / dim;
  return (sharedCount(a, b) - chance) / (k - chance);
}

function sharedCount(a: Uint32Array, b: Uint32Array): number {
  const members = new Set(a);
  return b.reduce((count, index) => count + Number(members.has(index)), 0);
}

function assertPaired(values: Floats, labels: Uint8Array): void {
  if (values.length === 0 || values.length !== labels.length) {
    throw new RangeError(
      `expected one label a value, got ${values.length} values and ${labels.length} labels`,
    );
  }
}
