import { atBaseRate, decide, probability } from '../calibration/calibration.ts';
import { fitPlatt } from '../calibration/platt-scaling.ts';
import { fitIsotonic } from '../calibration/isotonic-calibration.ts';
import { type ReliabilityBin, brier, expectedCalibrationError, reliabilityBins } from './metrics.ts';
import type { Calibrator, CalibratorKind } from '../scoring/selection-model.ts';
import { DEFAULT_PRECISION, chooseThresholds } from '../calibration/thresholds.ts';
import { type DecisionCounts, uncertainShare } from './decision-counts.ts';
import type { RocCurve } from './roc-curve.ts';
import type { HeldOutScores } from './held-out.ts';
import { rocCurve } from './roc-curve.ts';

export interface CalibrationOptions {
  /** Share of true pairs that a probability speaks of, in (0, 1): the fit is moved to it. */
  readonly baseRate: number;
  /** What decisions of MATCH and of MISMATCH are to reach, in (0, 1]. */
  readonly precision: number;
  /** Draws the resamples behind the interval of isotonic regression. */
  readonly seed: number;
}

/** One random mismatch a match: the calibrator speaks of a world where half the captions belong. */
export const DEFAULT_CALIBRATION: CalibrationOptions = {
  baseRate: 0.5,
  precision: DEFAULT_PRECISION,
  seed: 0,
};
const HISTOGRAM_BINS = 40;

/** What a fit takes; of held-out pairs, or of new ones. */
export type CalibrationPairs = Pick<HeldOutScores, 'scores' | 'labels' | 'folds' | 'groups'> & {
  /** 1 for a mismatch that a person marked: not part of a ROC curve. */
  readonly marked?: HeldOutScores['marked'];
  /** Scores of hard mismatches, for the second ROC curve. */
  readonly hard?: Pick<HeldOutScores['hard'], 'scores'>;
};

/** Held-out pairs whose score lies in [low, high). */
export interface HistogramBin {
  readonly low: number;
  readonly high: number;
  readonly matches: number;
  readonly mismatches: number;
}

/** The score itself, cut to [0, 1], taken for a probability. */
export interface UncalibratedMeasures {
  readonly ece: number;
  readonly brier: number;
  readonly bins: readonly ReliabilityBin[];
}

export interface Calibration {
  /** Fitted on all pairs given and moved to the base rate: the one to publish. */
  readonly calibrator: Calibrator;
  /** Held-out Brier score of each kind; the lowest was chosen, of equal ones Platt's. */
  readonly tried: readonly { readonly kind: CalibratorKind; readonly brier: number }[];
  readonly targetPrecision: number;
  /**
   * How good it is: each fold judged by calibrator and thresholds fitted on the other folds. ECE, Brier score and bins at
   * the share of matches that the pairs have (one half where no mismatch is marked), whatever the base rate.
   */
  readonly ece: number;
  readonly brier: number;
  readonly bins: readonly ReliabilityBin[];
  /** Of each pair, at the base rate. */
  readonly probabilities: Float64Array;
  /** Of each pair, at the share of matches that the pairs have. */
  readonly ownProbabilities: Float64Array;
  readonly decisions: DecisionCounts;
  /** Of all pairs given. */
  readonly uncertainShare: number;
  /** A cosine itself, cut to [0, 1], taken for a probability; null for scores that are none, as weighted fusion gives. */
  readonly before: UncalibratedMeasures | null;
  readonly roc: { readonly random: RocCurve; readonly hard: RocCurve | null };
  readonly histogram: readonly HistogramBin[];
}

/**
 * Platt scaling or isotonic regression, by held-out Brier score, with thresholds; and how well it does on scores that it has
 * not seen.
 * @param pairs of at least two folds, each of the others together holding matches and mismatches
 * @throws RangeError where they do not
 */
export function calibrate(
  pairs: CalibrationPairs,
  options: CalibrationOptions = DEFAULT_CALIBRATION,
): Calibration {
  const { labels } = pairs;
  const { chosen, tried } = judgeCalibrators(pairs, options);
  const { decisions } = chosen;
  return {
    calibrator: withThresholds(pairs, fitAtOwnRate(pairs, chosen.kind, options), options),
    tried: tried.map(({ kind, brier: score }) => ({ kind, brier: score })),
    targetPrecision: options.precision,
    ece: expectedCalibrationError(chosen.ownProbabilities, labels),
    brier: chosen.brier,
    bins: reliabilityBins(chosen.ownProbabilities, labels),
    probabilities: chosen.probabilities,
    ownProbabilities: chosen.ownProbabilities,
    decisions,
    uncertainShare: uncertainShare(decisions),
    before: beforeCalibration(pairs),
    roc: rocCurves(pairs),
    histogram: histogram(pairs),
  };
}

function beforeCalibration({ scores, labels }: CalibrationPairs): Calibration['before'] {
  if (scores.some((score) => Math.abs(score) > 1)) return null;
  const cut = scores.map((score) => Math.max(0, score));
  return {
    ece: expectedCalibrationError(cut, labels),
    brier: brier(cut, labels),
    bins: reliabilityBins(cut, labels),
  };
}

/** What a calibrator made of pairs that it was not fitted on. */
export interface Judged {
  readonly kind: CalibratorKind;
  /** At the base rate. */
  readonly probabilities: Float64Array;
  /** At the share of matches among the pairs. */
  readonly ownProbabilities: Float64Array;
  readonly brier: number;
  readonly decisions: DecisionCounts;
}

/**
 * Both kinds of calibrator on folds that they were not fitted on, and the one of the lower Brier score, Platt's on a tie.
 * @throws RangeError where the pairs outside a fold hold no match or no mismatch
 */
export function judgeCalibrators(
  pairs: CalibrationPairs,
  options: CalibrationOptions,
): { readonly chosen: Judged; readonly tried: readonly Judged[] } {
  const matchShare = shareOfMatches(pairs.labels);
  const platt = judge(pairs, 'platt', options, matchShare);
  const isotonic = judge(pairs, 'isotonic', options, matchShare);
  return { chosen: isotonic.brier < platt.brier ? isotonic : platt, tried: [platt, isotonic] };
}

/**
 * Each fold by a calibrator fitted on the scores of the others. Those scores are held out themselves, but the models behind
 * them were trained on this fold among others: the calibrator has not seen the fold's scores, it has not been kept from its
 * pairs altogether. Nested folds would, at folds² fits.
 */
function judge(
  pairs: CalibrationPairs,
  kind: CalibratorKind,
  options: CalibrationOptions,
  matchShare: number,
): Judged {
  const { scores, labels, folds } = pairs;
  const probabilities = new Float64Array(scores.length);
  const ownProbabilities = new Float64Array(scores.length);
  const decisions = { match: noDecisions(), mismatch: noDecisions() };
  // Not Math.max(...folds): over 100,000 arguments end the stack.
  const foldCount = folds.reduce((most, fold) => Math.max(most, fold), 0) + 1;
  for (let fold = 0; fold < foldCount; fold++) {
    const others = entries(pairs, (f) => f !== fold);
    const own = fitAtOwnRate(others, kind, { ...options, resamples: 1 });
    const calibrator = withThresholds(others, own, options);
    folds.forEach((f, i) => {
      if (f !== fold) return;
      probabilities[i] = probability(calibrator, scores[i]);
      ownProbabilities[i] = probability(own, scores[i], matchShare);
      const truth = labels[i] === 1 ? decisions.match : decisions.mismatch;
      truth[DECISION_NAMES[decide(calibrator, probabilities[i])]]++;
    });
  }
  return { kind, probabilities, ownProbabilities, brier: brier(ownProbabilities, labels), decisions };
}

const DECISION_NAMES = { MATCH: 'match', MISMATCH: 'mismatch', UNCERTAIN: 'uncertain' } as const;

function noDecisions(): { match: number; uncertain: number; mismatch: number } {
  return { match: 0, uncertain: 0, mismatch: 0 };
}

/**
 * How many matches there are says nothing of the base rate, and the base rate nothing of how much was seen: fitted as the
 * pairs are. @param options resamples: of isotonic regression's interval, where that is not looked at
 */
function fitAtOwnRate(
  { scores, labels, groups }: Omit<CalibrationPairs, 'folds'>,
  kind: CalibratorKind,
  { seed, resamples }: Pick<CalibrationOptions, 'seed'> & { readonly resamples?: number },
): Calibrator {
  const fit =
    kind === 'platt'
      ? fitPlatt(scores, labels, { groups })
      : fitIsotonic(scores, labels, { groups, seed, ...(resamples === undefined ? {} : { resamples }) });
  return { ...fit, baseRate: shareOfMatches(labels), matchThreshold: 1, mismatchThreshold: 0 };
}

/** The fit at the base rate asked for, with the thresholds that reach the precision there. */
function withThresholds(
  { scores, labels }: Omit<CalibrationPairs, 'folds'>,
  own: Calibrator,
  { baseRate, precision }: Pick<CalibrationOptions, 'baseRate' | 'precision'>,
): Calibrator {
  const open = { ...atBaseRate(own, own.baseRate, baseRate), baseRate };
  const { matchThreshold, mismatchThreshold } = chooseThresholds(
    scores.map((score) => probability(open, score)),
    labels,
    { precision, weights: weightsFor(baseRate, labels) },
  );
  return { ...open, matchThreshold, mismatchThreshold };
}

/** So that matches are `baseRate` of all, as the precision is meant, and the weights sum to the count. */
function weightsFor(baseRate: number, labels: Uint8Array): Float64Array {
  const share = shareOfMatches(labels);
  return Float64Array.from(labels, (label) =>
    label === 1 ? baseRate / share : (1 - baseRate) / (1 - share),
  );
}

/** In [0, 1]. */
export function shareOfMatches(labels: Uint8Array): number {
  return labels.reduce((sum, label) => sum + label, 0) / labels.length;
}

function entries(
  { scores, labels, folds, groups }: CalibrationPairs,
  keep: (fold: number) => boolean,
): CalibrationPairs {
  const kept = (_: number, i: number): boolean => keep(folds[i]);
  return {
    scores: scores.filter(kept),
    labels: labels.filter(kept),
    folds: folds.filter(kept),
    groups: groups.filter(kept),
  };
}

function rocCurves({ scores, labels, marked, hard }: CalibrationPairs): Calibration['roc'] {
  const isDrawn = (_: number, i: number): boolean => marked === undefined || marked[i] === 0;
  const random = rocCurve(scores.filter(isDrawn), labels.filter(isDrawn));
  if (hard === undefined) return { random, hard: null };
  const matches = scores.filter((_, i) => labels[i] === 1);
  const both = Float64Array.from([...matches, ...hard.scores]);
  return {
    random,
    hard: rocCurve(both, new Uint8Array(both.length).fill(1, 0, matches.length)),
  };
}

function histogram({ scores, labels }: CalibrationPairs): HistogramBin[] {
  const lowest = scores.reduce((a, b) => Math.min(a, b), Infinity);
  const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  // Equal scores still need a bin that is wider than nothing.
  const width = (highest - lowest || 1) / HISTOGRAM_BINS;
  const bins = Array.from({ length: HISTOGRAM_BINS }, (_, bin) => ({
    low: lowest + bin * width,
    high: lowest + (bin + 1) * width,
    matches: 0,
    mismatches: 0,
  }));
  scores.forEach((score, i) => {
    const bin = bins[Math.min(HISTOGRAM_BINS - 1, Math.floor((score - lowest) / width))];
    if (labels[i] === 1) bin.matches++;
    else bin.mismatches++;
  });
  return bins;
}
