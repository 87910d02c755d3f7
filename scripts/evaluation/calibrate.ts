import { decide, fitPlatt, probability } from '../../src/core/calibration.ts';
import {
  type ReliabilityBin,
  brier,
  expectedCalibrationError,
  reliabilityBins,
} from '../../src/core/metrics.ts';
import type { Calibrator } from '../../src/core/selection-model.ts';
import { chooseThresholds } from '../../src/core/thresholds.ts';
import type { DecisionCounts, HistogramBin } from '../report/report-data.ts';
import type { HeldOutScores } from './held-out.ts';

/** One random mismatch a match: the calibrator speaks of a world where half the captions belong. */
const BASE_RATE = 0.5;
export const TARGET_PRECISION = 0.95;
const HISTOGRAM_BINS = 40;

export interface Calibration {
  /** Fitted on all held-out scores: the one to publish. */
  readonly calibrator: Calibrator;
  /** How good it is: each fold judged by calibrator and thresholds fitted on the other folds. */
  readonly ece: number;
  readonly brier: number;
  readonly bins: readonly ReliabilityBin[];
  readonly decisions: DecisionCounts;
  readonly histogram: readonly HistogramBin[];
}

/**
 * Platt scaling and thresholds from held-out scores, and how well they do on scores that they have not seen.
 * @param heldOut of at least two folds
 */
export function calibrate(heldOut: HeldOutScores): Calibration {
  const probabilities = new Float64Array(heldOut.scores.length);
  const decisions = { match: noDecisions(), mismatch: noDecisions() };
  // Not Math.max(...folds): over 100,000 arguments end the stack.
  const foldCount = heldOut.folds.reduce((most, fold) => Math.max(most, fold), 0) + 1;
  for (let fold = 0; fold < foldCount; fold++) {
    const calibrator = fitCalibrator(entries(heldOut, (f) => f !== fold));
    heldOut.folds.forEach((f, i) => {
      if (f !== fold) return;
      probabilities[i] = probability(calibrator, heldOut.scores[i]);
      const truth = heldOut.labels[i] === 1 ? decisions.match : decisions.mismatch;
      truth[DECISION_NAMES[decide(calibrator, probabilities[i])]]++;
    });
  }
  return {
    calibrator: fitCalibrator(heldOut),
    ece: expectedCalibrationError(probabilities, heldOut.labels),
    brier: brier(probabilities, heldOut.labels),
    bins: reliabilityBins(probabilities, heldOut.labels),
    decisions,
    histogram: histogram(heldOut),
  };
}

const DECISION_NAMES = { MATCH: 'match', MISMATCH: 'mismatch', UNCERTAIN: 'uncertain' } as const;

function noDecisions(): { match: number; uncertain: number; mismatch: number } {
  return { match: 0, uncertain: 0, mismatch: 0 };
}

function fitCalibrator({ scores, labels, groups }: Omit<HeldOutScores, 'folds'>): Calibrator {
  const platt = {
    ...fitPlatt(scores, labels, { groups }),
    baseRate: BASE_RATE,
    matchThreshold: 1,
    mismatchThreshold: 0,
  };
  const probabilities = scores.map((score) => probability(platt, score));
  const { matchThreshold, mismatchThreshold } = chooseThresholds(probabilities, labels, {
    precision: TARGET_PRECISION,
  });
  return { ...platt, matchThreshold, mismatchThreshold };
}

function entries(heldOut: HeldOutScores, keep: (fold: number) => boolean): HeldOutScores {
  const kept = (_: number, i: number): boolean => keep(heldOut.folds[i]);
  return {
    scores: heldOut.scores.filter(kept),
    labels: heldOut.labels.filter(kept),
    folds: heldOut.folds.filter(kept),
    groups: heldOut.groups.filter(kept),
  };
}

function histogram({ scores, labels }: HeldOutScores): HistogramBin[] {
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
