import { decidedPairs } from '../../src/core/evaluation/decision-counts.ts';
import { meanRecallAt1 } from '../../src/core/evaluation/mean-recall.ts';
import type { ReliabilityBin } from '../../src/core/evaluation/metrics.ts';
import type { PairedDifference } from '../../src/core/evaluation/paired-difference.ts';
import type { SignalTest } from '../../src/core/evaluation/signal-test.ts';
import type { PrecomputeReport } from './report-data.ts';
import { chosenRow } from './strategy-rows.ts';

/** What a verdict rests on. All of it is measured on held-out pairs. */
export interface Evidence {
  readonly pairs: number;
  readonly groups: number;
  readonly duplicates: number;
  /** Pairs of pictures, and of captions, of different groups that are all but the same. */
  readonly nearDuplicates: number;
  readonly skipped: number;
  /** Null where there are too few groups to tell. */
  readonly signal: Omit<SignalTest, 'difference'> | null;
  /** Every coordinate is kept: nothing can be lost. */
  readonly keepsAll: boolean;
  /** Mean recall@1 of both directions and bytes a vector; null where the comparison holds no such row. */
  readonly selection: Stored | null;
  /** The same of full int8 vectors, or of float32 ones where int8 was not compared. */
  readonly full: Stored | null;
  /** Recall@1 of the selection less that of full vectors, fold by fold. */
  readonly belowFull: PairedDifference | null;
  readonly overRandom: PairedDifference | null;
  /** Expected calibration error, and what it would be on as many pairs if every probability were right. */
  readonly calibrationError: number;
  readonly calibrationErrorByChance: number;
  /** Share of held-out matches that are called a match, and of mismatches that are called a mismatch. */
  readonly matchesCalled: number;
  readonly mismatchesCalled: number;
  /** Whether the record has a threshold on that side at all. */
  readonly callsMatches: boolean;
  readonly callsMismatches: boolean;
  /** Kinds of pairs that the calibrator does not fit. */
  readonly misfits: readonly string[];
}

export interface Stored {
  readonly recallAt1: number;
  readonly bytes: number;
}

export function evidenceOf(report: PrecomputeReport): Evidence {
  const { dataset, calibration, choice, strategy } = report;
  const { decisions } = calibration;
  return {
    pairs: dataset.pairs,
    groups: dataset.groups,
    duplicates: dataset.duplicates,
    nearDuplicates: (dataset.nearDuplicates?.images.count ?? 0) + (dataset.nearDuplicates?.texts.count ?? 0),
    skipped: dataset.skipped.length,
    signal: dataset.signal,
    keepsAll: strategy === 'full' && report.stored === undefined,
    ...storedRows(report),
    belowFull: choice.belowFull,
    overRandom: choice.overRandom,
    calibrationError: calibration.ece,
    calibrationErrorByChance: errorByChance(calibration.bins),
    matchesCalled: decisions.match.match / Math.max(1, decidedPairs(decisions.match)),
    mismatchesCalled: decisions.mismatch.mismatch / Math.max(1, decidedPairs(decisions.mismatch)),
    callsMatches: calibration.matchThreshold < 1,
    callsMismatches: calibration.mismatchThreshold > 0,
    misfits: report.kinds?.kinds.filter(({ fits }) => !fits).map(({ kind }) => kind) ?? [],
  };
}

function storedRows(report: PrecomputeReport): Pick<Evidence, 'selection' | 'full'> {
  const fullRows = report.rows.filter((row) => row.strategy === 'full' && row.fusion === 'identity');
  const full = fullRows.find((row) => row.encoding === 'int8') ?? fullRows[0];
  const stored = (row: (typeof report.rows)[number] | null | undefined): Stored | null =>
    row ? { recallAt1: meanRecallAt1(row).mean, bytes: row.bytes } : null;
  const asStored = report.stored && { recallAt1: report.stored.recallAt1.mean, bytes: report.stored.bytes };
  return { selection: asStored ?? stored(chosenRow(report)), full: stored(full) };
}

/**
 * The calibration error to expect where every probability is right: in a bin of n pairs of probability p the share of matches is off
 * by √(2p(1 − p)/πn) on average (mean absolute deviation of a normal variable), and bins weigh as many pairs as they hold.
 */
export function errorByChance(bins: readonly ReliabilityBin[]): number {
  const all = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.reduce((sum, { count, meanProbability: p }) => {
    if (count === 0 || p === null) return sum;
    return sum + (count / all) * Math.sqrt((2 * p * (1 - p)) / (Math.PI * count));
  }, 0);
}
