import { log, log1p } from '../exp-log.ts';
import { smoothedTargets } from '../calibration/platt-scaling.ts';
import { logit, sigmoid } from '../calibration/log-odds.ts';
import { interpolate, isotonicRegression } from '../calibration/isotonic-regression.ts';
import { type IsotonicFit, MAX_KNOTS } from '../scoring/selection-model.ts';
import type { Floats } from '../vector.ts';
import { designEffect } from './cluster-effect.ts';

export interface IsotonicOptions {
  /** Scores of one group are taken as dependent; each is its own by default. */
  readonly groups?: ArrayLike<number>;
}

/**
 * Of twice the log of a likelihood ratio. 2.27 is its 95% quantile where a curve rises and pairs are many (Banerjee and Wellner
 * 2001, "Likelihood ratio tests for monotone functions"), 3.84 that of chi-square; near the ends of the scores, on flat
 * stretches and on few pairs it takes more (`npm run bench -- calibration-coverage`).
 */
const CRITICAL = 8;
const BISECTIONS = 40;
/**
 * Of the log-odds, from the lowest score to the highest: less than a digit that is shown, and enough that no plateau is flat, so that a
 * threshold of a probability can stand anywhere in one.
 */
const TILT = 0.002;
/** Keeps an end of an interval away from 0 and 1, so that it can be moved to another base rate. */
const NEAREST_END = 1e-9;

/**
 * Isotonic regression of match on score (Zadrozny and Elkan 2002) on Platt's smoothed targets, (n₊+1)/(n₊+2) for a match
 * and 1/(n₋+2) for a mismatch, n the number of each: no probability is 0 or 1, so that `atBaseRate` can move it. Plateaus
 * rise a little, by .0005 at most in all. The 95%
 * interval is that of the likelihood ratio, on the labels themselves: every probability at a knot for which some rising curve
 * through it explains them well enough. Clusters count as their design effect says.
 * @param scores finite, larger for a match
 * @param labels 1 for a match, 0 for a mismatch; both must be present
 * @returns at most 256 knots: those of the regression, of more than half as many those nearest to even steps in rank, and even steps
 *   in rank between them, for the interval
 * @throws RangeError for lists of different length, a score that is not finite, or labels of one class only
 * O(n·log n + knots·plateaus).
 */
export function fitIsotonic(
  scores: Floats,
  labels: Uint8Array,
  { groups }: IsotonicOptions = {},
): IsotonicFit {
  const count = scores.length;
  if (labels.length !== count) {
    throw new RangeError(`expected ${count} labels, one a score, got ${labels.length}`);
  }
  if (groups !== undefined && groups.length !== count) {
    throw new RangeError(`expected ${count} groups, one a score, got ${groups.length}`);
  }
  if (!scores.every(Number.isFinite)) throw new RangeError('expected finite scores');
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  const sorted = Float64Array.from(order, (i) => scores[i]);
  const sortedLabels = Uint8Array.from(order, (i) => labels[i]);
  const fit = isotonicRegression(sorted, smoothedTargets(sortedLabels), new Float64Array(count).fill(1));
  const knots = chooseKnots(fit.positions, sorted);
  const probabilities = knots.map((knot, i) =>
    sigmoid(logit(interpolate(fit.positions, fit.values, knot)) + TILT * ((i + 0.5) / knots.length - 0.5)),
  );
  const effect =
    groups === undefined
      ? 1
      : designEffect(
          sorted.map((score, i) => sortedLabels[i] - interpolate(fit.positions, fit.values, score)),
          sortedLabels,
          Array.from(order, (i) => groups[i]),
        );
  const { low, high } = likelihoodBounds(sorted, sortedLabels, knots, CRITICAL * effect);
  return {
    kind: 'isotonic',
    scores: knots,
    probabilities,
    // Smoothed targets may lie outside what was counted; the interval still holds the fit.
    low: low.map((value, i) => Math.min(value, probabilities[i])),
    high: high.map((value, i) => Math.max(value, probabilities[i])),
  };
}

/** Of the regression at most half, so that even steps in rank have their room. @param sorted ascending */
function chooseKnots(fitted: Float64Array, sorted: Float64Array): Float64Array {
  const own = evenSteps(fitted.length, MAX_KNOTS / 2).map((knot) => fitted[knot]);
  const steps = evenSteps(sorted.length, MAX_KNOTS - own.length).map((rank) => sorted[rank]);
  return Float64Array.from(new Set([...own, ...steps])).sort();
}

/** Numbers below `count`, ascending, first and last among them, at most `most`. */
function evenSteps(count: number, most: number): Float64Array {
  const kept = Math.min(count, most);
  return Float64Array.from({ length: kept }, (_, i) =>
    kept === 1 ? 0 : Math.round((i * (count - 1)) / (kept - 1)),
  );
}

/** Neighbours in rank of one probability: how many, and how many of them match. */
interface Plateau {
  readonly count: number;
  readonly matches: number;
}

/**
 * Bounds at each knot; they never fall.
 * @param sorted ascending, and `labels` in the same order
 * @param critical how far twice the log-likelihood may lie below the best
 */
function likelihoodBounds(
  sorted: Float64Array,
  labels: Uint8Array,
  knots: Float64Array,
  critical: number,
): { low: Float64Array; high: Float64Array } {
  const count = sorted.length;
  const mirrored = labels.toReversed().map((label) => 1 - label);
  const firsts = knots.map((knot) => lowerBound(sorted, knot, false));
  const ends = knots.map((knot) => lowerBound(sorted, knot, true));
  // What lies at or below a knot, and what lies above it; and both seen from above, where matches are mismatches.
  const low = lowBounds(labels, mirrored, ends, critical);
  const high = lowBounds(
    mirrored,
    labels,
    firsts.map((first) => count - first).reverse(),
    critical,
  ).reverse();
  return { low, high: high.map((bound) => 1 - bound) };
}

/** How many of `sorted` lie below `value`, or at it too. */
function lowerBound(sorted: Float64Array, value: number, alsoAt: boolean): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle] < value || (alsoAt && sorted[middle] === value)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * For each prefix of the labels, the lowest probability at its end that is likely enough.
 * @param mirrored the labels from the other end, matches and mismatches exchanged
 * @param ends lengths of the prefixes, ascending
 */
function lowBounds(
  labels: Uint8Array,
  mirrored: Uint8Array,
  ends: Float64Array,
  critical: number,
): Float64Array {
  const count = labels.length;
  const before = plateausOf(labels, ends);
  const after = plateausOf(mirrored, ends.map((end) => count - end).reverse()).reverse();
  const [whole] = plateausOf(labels, Float64Array.of(count));
  const least = logLikelihood(whole, 1) - critical / 2;
  const bounds = ends.map((_, i) => {
    // Above, exchanged: at least `cap` of matches is at most 1 − cap of the mirrored.
    const isLikely = (cap: number): boolean =>
      logLikelihood(before[i], cap) + logLikelihood(after[i], 1 - cap) >= least;
    return lowestLikely(isLikely, whole, ends[i]);
  });
  // Neighbours may have one bound, which bisection ends a hair to either side of.
  for (let i = bounds.length - 2; i >= 0; i--) bounds[i] = Math.min(bounds[i], bounds[i + 1]);
  return bounds;
}

function lowestLikely(isLikely: (cap: number) => boolean, plateaus: readonly Plateau[], end: number): number {
  if (isLikely(NEAREST_END)) return NEAREST_END;
  let unlikely = NEAREST_END;
  let likely = Math.min(1 - NEAREST_END, Math.max(NEAREST_END, valueAt(plateaus, end - 1)));
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (unlikely + likely) / 2;
    if (isLikely(middle)) likely = middle;
    else unlikely = middle;
  }
  return likely;
}

/** Of the whole regression, at a rank. */
function valueAt(plateaus: readonly Plateau[], rank: number): number {
  let last = 0;
  for (const { count, matches } of plateaus) {
    last += count;
    if (rank < last) return matches / count;
  }
  return 1;
}

/** The regression of each prefix alone, by pooling adjacent violators as it grows. @param ends ascending */
function plateausOf(labels: Uint8Array, ends: Float64Array): Plateau[][] {
  const stack: Plateau[] = [];
  let rank = 0;
  return Array.from(ends, (end) => {
    for (; rank < end; rank++) {
      let plateau: Plateau = { count: 1, matches: labels[rank] };
      for (;;) {
        const last = stack.at(-1);
        if (last === undefined || last.matches * plateau.count < plateau.matches * last.count) break;
        plateau = { count: last.count + plateau.count, matches: last.matches + plateau.matches };
        stack.pop();
      }
      stack.push(plateau);
    }
    return [...stack];
  });
}

/** Of plateaus whose probability is at most `cap`. */
function logLikelihood(plateaus: readonly Plateau[], cap: number): number {
  let sum = 0;
  for (const { count, matches } of plateaus) {
    const p = Math.min(cap, matches / count);
    if (matches > 0) sum += matches * log(p);
    if (matches < count) sum += (count - matches) * log1p(-p);
  }
  return sum;
}
