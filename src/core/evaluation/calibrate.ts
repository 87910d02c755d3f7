import { atBaseRate, probability } from '../calibration/calibration.ts';
import { decide, thresholdsFrom } from '../calibration/decisions.ts';
import { fitPlatt } from '../calibration/platt-scaling.ts';
import { fitIsotonic } from '../fitting/isotonic-calibration.ts';
import { fitPlattWithInterval } from '../fitting/platt-calibration.ts';
import { type ReliabilityBin, brier, expectedCalibrationError, reliabilityBins } from './metrics.ts';
import type { Calibrator, CalibratorKind } from '../scoring/selection-model.ts';
import { type DecisionsAtRate, DecisionTally } from './decisions-at-rate.ts';
import { type MatchScores, type MismatchScores, decisionEvidence } from './decision-evidence.ts';
import { type DecisionCounts, type HardDecisions, hardDecisions, uncertainShare } from './decision-counts.ts';
import type { RocCurve } from './roc-curve.ts';
import type { HeldOutScores } from './held-out.ts';
import { rocCurve } from './roc-curve.ts';

export interface CalibrationOptions {
  /** Share of true pairs that a probability speaks of, in (0, 1): the fit is moved to it. */
  readonly baseRate: number;
  /** What decisions of MATCH and of MISMATCH are to reach, in (0, 1]. */
  readonly precision: number;
  /** Draws the resamples behind the figures of kinds. */
  readonly seed: number;
}

const DEFAULT_PRECISION = 0.95;

/** One random mismatch a match: the calibrator speaks of a world where half the captions belong. */
export const DEFAULT_CALIBRATION: CalibrationOptions = {
  baseRate: 0.5,
  precision: DEFAULT_PRECISION,
  seed: 0,
};
const HISTOGRAM_BINS = 40;

/** What a fit takes; of held-out pairs, or of new ones. */
export type CalibrationPairs = Pick<HeldOutScores, 'scores' | 'labels' | 'folds' | 'groups'> & {
  /** The caption of each: mismatches that share one depend on each other. */
  readonly textRows?: HeldOutScores['textRows'];
  /** 1 for a mismatch that a person marked: not part of a ROC curve. */
  readonly marked?: HeldOutScores['marked'];
  /** Scores of hard mismatches, for the second ROC curve and what decisions make of them. */
  readonly hard?: Pick<HeldOutScores['hard'], 'scores' | 'folds'>;
  /** More mismatches, from which thresholds are chosen; those of the pairs by default. */
  readonly mismatches?: MismatchScores;
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
  /** What the same decisions make of hard mismatches; null where none were scored. */
  readonly hard: HardDecisions | null;
  /** What was fitted on each image's hardest mismatch; absent where on random captions. */
  readonly negativeKind?: 'hard';
  /** What decisions come to at other base rates, rarest last; the one asked for is among them. */
  readonly byBaseRate: readonly DecisionsAtRate[];
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
  const calibrator = withThresholds(pairs, fitAtOwnRate(pairs, chosen.kind, fitPlattWithInterval), options);
  const { decisions, hard, byBaseRate } = decideHeldOut(pairs, chosen, calibrator, options);
  return {
    calibrator,
    tried: tried.map(({ kind, brier: score }) => ({ kind, brier: score })),
    targetPrecision: options.precision,
    ece: expectedCalibrationError(chosen.ownProbabilities, labels),
    brier: chosen.brier,
    bins: reliabilityBins(chosen.ownProbabilities, labels),
    probabilities: chosen.probabilities,
    ownProbabilities: chosen.ownProbabilities,
    decisions,
    hard,
    byBaseRate,
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
  /** Of each fold, fitted on the others, at the base rate. */
  readonly calibrators: readonly Calibrator[];
  /** At the base rate. */
  readonly probabilities: Float64Array;
  /** At the share of matches among the pairs. */
  readonly ownProbabilities: Float64Array;
  readonly brier: number;
}

/**
 * Both kinds of calibrator on folds that they were not fitted on, and the one of the lower Brier score, Platt's on a tie.
 * @throws RangeError where the pairs outside a fold hold no match or no mismatch
 */
export function judgeCalibrators(
  pairs: CalibrationPairs,
  { baseRate }: Pick<CalibrationOptions, 'baseRate'>,
): { readonly chosen: Judged; readonly tried: readonly Judged[] } {
  const matchShare = shareOfMatches(pairs.labels);
  const platt = judge(pairs, 'platt', baseRate, matchShare);
  const isotonic = judge(pairs, 'isotonic', baseRate, matchShare);
  return { chosen: isotonic.brier < platt.brier ? isotonic : platt, tried: [platt, isotonic] };
}

/**
 * Each fold by a calibrator fitted on the scores of the others. Those scores are held out themselves, but the models behind
 * them were trained on this fold among others: the calibrator has not seen the fold's scores, it has not been kept from its
 * pairs altogether. Nested folds would, at folds² fits.
 */
function judge(pairs: CalibrationPairs, kind: CalibratorKind, baseRate: number, matchShare: number): Judged {
  const { scores, labels, folds } = pairs;
  const probabilities = new Float64Array(scores.length);
  const ownProbabilities = new Float64Array(scores.length);
  // Not Math.max(...folds): over 100,000 arguments end the stack.
  const foldCount = folds.reduce((most, fold) => Math.max(most, fold), 0) + 1;
  const calibrators = Array.from({ length: foldCount }, (_, fold) => {
    const own = fitAtOwnRate(
      entries(pairs, (f) => f !== fold),
      kind,
      fitPlatt,
    );
    const calibrator = movedTo(own, baseRate);
    folds.forEach((f, i) => {
      if (f !== fold) return;
      probabilities[i] = probability(calibrator, scores[i]);
      ownProbabilities[i] = probability(own, scores[i], matchShare);
    });
    return calibrator;
  });
  return { kind, calibrators, probabilities, ownProbabilities, brier: brier(ownProbabilities, labels) };
}

const DECISION_NAMES = { MATCH: 'match', MISMATCH: 'mismatch', UNCERTAIN: 'uncertain' } as const;

/** Each fold decided by thresholds chosen on the others. @param published says which sides are open */
function decideHeldOut(
  pairs: CalibrationPairs,
  { calibrators, probabilities }: Judged,
  published: Calibrator,
  { baseRate, precision }: Omit<CalibrationOptions, 'seed'>,
): Pick<Calibration, 'decisions' | 'hard' | 'byBaseRate'> {
  const { labels, folds } = pairs;
  const decisions = { match: noDecisions(), mismatch: noDecisions() };
  const hard = noDecisions();
  const mismatches = mismatchesOf(pairs);
  const matches = matchesOf(pairs);
  const tally = new DecisionTally(matches, mismatches, baseRate);
  calibrators.forEach((open, fold) => {
    const calibrator = withThresholds(
      entries(pairs, (f) => f !== fold),
      open,
      { baseRate, precision },
    );
    tally.decide(calibrator, numbersOf(matches.folds, fold), numbersOf(mismatches.folds, fold));
    folds.forEach((f, i) => {
      if (f !== fold) return;
      const truth = labels[i] === 1 ? decisions.match : decisions.mismatch;
      truth[DECISION_NAMES[decide(calibrator, probabilities[i])]]++;
    });
    pairs.hard?.folds.forEach((f, i) => {
      if (f !== fold) return;
      const score = pairs.hard?.scores[i] ?? NaN;
      hard[DECISION_NAMES[decide(calibrator, probability(calibrator, score))]]++;
    });
  });
  return {
    decisions,
    hard: pairs.hard === undefined ? null : hardDecisions(decisions.match, hard, baseRate),
    byBaseRate: tally.figures(published),
  };
}

function numbersOf(folds: Uint32Array, fold: number): Uint32Array {
  return Uint32Array.from(folds.keys()).filter((i) => folds[i] === fold);
}

function noDecisions(): { match: number; uncertain: number; mismatch: number } {
  return { match: 0, uncertain: 0, mismatch: 0 };
}

/**
 * How many matches there are says nothing of the base rate, and the base rate nothing of how much was seen: fitted as the
 * pairs are. @param platt with the interval, or without where that is not looked at
 */
function fitAtOwnRate(
  { scores, labels, groups }: Omit<CalibrationPairs, 'folds'>,
  kind: CalibratorKind,
  platt: typeof fitPlatt,
): Calibrator {
  const fit = (kind === 'platt' ? platt : fitIsotonic)(scores, labels, { groups });
  return {
    ...fit,
    baseRate: shareOfMatches(labels),
    matchThreshold: 1,
    mismatchThreshold: 0,
  };
}

function movedTo(calibrator: Calibrator, baseRate: number): Calibrator {
  return { ...atBaseRate(calibrator, calibrator.baseRate, baseRate), baseRate };
}

/** The fit at the base rate asked for, with what decisions rest on and the thresholds there. */
function withThresholds(
  pairs: CalibrationPairs,
  fit: Calibrator,
  { baseRate, precision }: Omit<CalibrationOptions, 'seed'>,
): Calibrator {
  const open = movedTo(fit, baseRate);
  const evidence = decisionEvidence(open, matchesOf(pairs), mismatchesOf(pairs), precision);
  const { matchThreshold, mismatchThreshold } = thresholdsFrom({ ...open, evidence }, baseRate);
  return { ...open, evidence, matchThreshold, mismatchThreshold };
}

function matchesOf({
  scores,
  labels,
  groups,
  folds,
}: CalibrationPairs): MatchScores & { folds: Uint32Array } {
  const isMatch = (_: number, i: number): boolean => labels[i] === 1;
  return { scores: scores.filter(isMatch), groups: groups.filter(isMatch), folds: folds.filter(isMatch) };
}

function mismatchesOf({
  scores,
  labels,
  groups,
  folds,
  textRows,
  mismatches,
}: CalibrationPairs): MismatchScores {
  if (mismatches !== undefined) return mismatches;
  const isMismatch = (_: number, i: number): boolean => labels[i] === 0;
  const own = scores.filter(isMismatch);
  return {
    scores: own,
    folds: folds.filter(isMismatch),
    imageGroups: groups.filter(isMismatch),
    // Each a caption of its own where nobody says which ones return.
    textGroups: Int32Array.from(textRows?.filter(isMismatch) ?? own.keys()),
    weights: new Float64Array(own.length).fill(1),
  };
}

/** In [0, 1]. */
export function shareOfMatches(labels: Uint8Array): number {
  return labels.reduce((sum, label) => sum + label, 0) / labels.length;
}

function entries(
  { scores, labels, folds, groups, textRows, mismatches }: CalibrationPairs,
  keep: (fold: number) => boolean,
): CalibrationPairs {
  const kept = (_: number, i: number): boolean => keep(folds[i]);
  return {
    scores: scores.filter(kept),
    labels: labels.filter(kept),
    folds: folds.filter(kept),
    groups: groups.filter(kept),
    ...(textRows === undefined ? {} : { textRows: textRows.filter(kept) }),
    ...(mismatches === undefined ? {} : { mismatches: mismatchesWhere(mismatches, keep) }),
  };
}

function mismatchesWhere(mismatches: MismatchScores, keep: (fold: number) => boolean): MismatchScores {
  const { scores, folds, imageGroups, textGroups, weights } = mismatches;
  const kept = (_: number, i: number): boolean => keep(folds[i]);
  return {
    scores: scores.filter(kept),
    folds: folds.filter(kept),
    imageGroups: imageGroups.filter(kept),
    textGroups: textGroups.filter(kept),
    weights: weights.filter(kept),
  };
}

/** Of random mismatches, without those that a person marked, and of hard ones where they were scored. */
export function rocCurves({
  scores,
  labels,
  marked,
  hard,
}: Pick<CalibrationPairs, 'scores' | 'labels' | 'marked' | 'hard'>): Calibration['roc'] {
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
