import { decide, fitPlatt, probability } from '../../src/core/calibration.ts';
import { fitIsotonic } from '../../src/core/isotonic-calibration.ts';
import {
  type ReliabilityBin,
  brier,
  expectedCalibrationError,
  reliabilityBins,
} from '../../src/core/evaluation/metrics.ts';
import type { Calibrator } from '../../src/core/selection-model.ts';
import { DEFAULT_PRECISION, chooseThresholds } from '../../src/core/thresholds.ts';
import type {
  CalibrationReport,
  CalibratorKind,
  DecisionCounts,
  HistogramBin,
  RocCurve,
} from '../report/report-data.ts';
import type { HeldOutScores } from './held-out.ts';
import { rocCurve } from './roc-curve.ts';

export interface CalibrationOptions {
  /** Share of true pairs that a probability speaks of, in (0, 1): matches and mismatches are weighted to it. */
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
  /** Scores of hard mismatches, for the second ROC curve. */
  readonly hard?: Pick<HeldOutScores['hard'], 'scores'>;
};

export interface Calibration {
  /** Fitted on all pairs given: the one to publish. */
  readonly calibrator: Calibrator;
  /** Held-out Brier score of each kind; the lowest was chosen, of equal ones Platt's. */
  readonly tried: CalibrationReport['tried'];
  readonly targetPrecision: number;
  /**
   * How good it is: each fold judged by calibrator and thresholds fitted on the other folds. ECE, Brier score and bins at
   * the share of matches that the pairs have (one half for one mismatch a match), whatever the base rate.
   */
  readonly ece: number;
  readonly brier: number;
  readonly bins: readonly ReliabilityBin[];
  /** Of each pair, at the base rate. */
  readonly probabilities: Float64Array;
  readonly decisions: DecisionCounts;
  /** Of all pairs given. */
  readonly uncertainShare: number;
  /** The score itself, cut to [0, 1], taken for a probability. */
  readonly before: NonNullable<CalibrationReport['before']>;
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
  const { scores, labels } = pairs;
  const matchShare = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const platt = judge(pairs, 'platt', options, matchShare);
  const isotonic = judge(pairs, 'isotonic', options, matchShare);
  const chosen = isotonic.brier < platt.brier ? isotonic : platt;
  const { decisions } = chosen;
  const uncertain = decisions.match.uncertain + decisions.mismatch.uncertain;
  const cut = scores.map((score) => Math.min(1, Math.max(0, score)));
  return {
    calibrator: fitCalibrator(pairs, chosen.kind, options),
    tried: [platt, isotonic].map(({ kind, brier: score }) => ({ kind, brier: score })),
    targetPrecision: options.precision,
    ece: expectedCalibrationError(chosen.evenProbabilities, labels),
    brier: chosen.brier,
    bins: reliabilityBins(chosen.evenProbabilities, labels),
    probabilities: chosen.probabilities,
    decisions,
    uncertainShare: uncertain / scores.length,
    before: {
      ece: expectedCalibrationError(cut, labels),
      brier: brier(cut, labels),
      bins: reliabilityBins(cut, labels),
    },
    roc: rocCurves(pairs),
    histogram: histogram(pairs),
  };
}

interface Judged {
  readonly kind: CalibratorKind;
  /** At the base rate. */
  readonly probabilities: Float64Array;
  /** At the share of matches among the pairs. */
  readonly evenProbabilities: Float64Array;
  readonly brier: number;
  readonly decisions: DecisionCounts;
}

/** Each fold by a calibrator fitted on the others. */
function judge(
  pairs: CalibrationPairs,
  kind: CalibratorKind,
  options: CalibrationOptions,
  matchShare: number,
): Judged {
  const { scores, labels, folds } = pairs;
  const probabilities = new Float64Array(scores.length);
  const evenProbabilities = new Float64Array(scores.length);
  const decisions = { match: noDecisions(), mismatch: noDecisions() };
  // Not Math.max(...folds): over 100,000 arguments end the stack.
  const foldCount = folds.reduce((most, fold) => Math.max(most, fold), 0) + 1;
  for (let fold = 0; fold < foldCount; fold++) {
    const calibrator = fitCalibrator(
      entries(pairs, (f) => f !== fold),
      kind,
      { ...options, resamples: 1 },
    );
    folds.forEach((f, i) => {
      if (f !== fold) return;
      probabilities[i] = probability(calibrator, scores[i]);
      evenProbabilities[i] = probability(calibrator, scores[i], matchShare);
      const truth = labels[i] === 1 ? decisions.match : decisions.mismatch;
      truth[DECISION_NAMES[decide(calibrator, probabilities[i])]]++;
    });
  }
  return { kind, probabilities, evenProbabilities, brier: brier(evenProbabilities, labels), decisions };
}

const DECISION_NAMES = { MATCH: 'match', MISMATCH: 'mismatch', UNCERTAIN: 'uncertain' } as const;

function noDecisions(): { match: number; uncertain: number; mismatch: number } {
  return { match: 0, uncertain: 0, mismatch: 0 };
}

/** @param options resamples: of isotonic regression's interval, where that is not looked at */
function fitCalibrator(
  { scores, labels, groups }: Omit<CalibrationPairs, 'folds'>,
  kind: CalibratorKind,
  { baseRate, precision, seed, resamples }: CalibrationOptions & { readonly resamples?: number },
): Calibrator {
  const weights = weightsFor(baseRate, labels);
  const fit =
    kind === 'platt'
      ? fitPlatt(scores, labels, { groups, weights })
      : fitIsotonic(scores, labels, {
          groups,
          weights,
          seed,
          ...(resamples === undefined ? {} : { resamples }),
        });
  const open = { ...fit, baseRate, matchThreshold: 1, mismatchThreshold: 0 };
  const probabilities = scores.map((score) => probability(open, score));
  const { matchThreshold, mismatchThreshold } = chooseThresholds(probabilities, labels, {
    precision,
    weights,
  });
  return { ...open, matchThreshold, mismatchThreshold };
}

/** So that matches are `baseRate` of all and the weights sum to the count: 1 each where they are already. */
function weightsFor(baseRate: number, labels: Uint8Array): Float64Array {
  const matches = labels.reduce((sum, label) => sum + label, 0);
  const ofMatch = (baseRate * labels.length) / matches;
  const ofMismatch = ((1 - baseRate) * labels.length) / (labels.length - matches);
  return Float64Array.from(labels, (label) => (label === 1 ? ofMatch : ofMismatch));
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

function rocCurves({ scores, labels, hard }: CalibrationPairs): Calibration['roc'] {
  if (hard === undefined) return { random: rocCurve(scores, labels), hard: null };
  const matches = scores.filter((_, i) => labels[i] === 1);
  const both = Float64Array.from([...matches, ...hard.scores]);
  return {
    random: rocCurve(scores, labels),
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
