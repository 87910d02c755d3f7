import type { ComparisonRow } from '../../src/core/cross-validation.ts';
import type { ReliabilityBin } from '../../src/core/metrics.ts';
import type { MeanAndDeviation, PairedDifference } from '../../src/core/paired-difference.ts';
import type { Skipped } from '../dataset/pair-source.ts';

/** A row as `compare` prints it, with the fusion it was measured under. */
export interface ReportRow extends ComparisonRow {
  readonly fusion: 'identity' | 'weighted';
}

/** Held-out pairs whose score lies in [low, high). */
export interface HistogramBin {
  readonly low: number;
  readonly high: number;
  readonly matches: number;
  readonly mismatches: number;
}

/** Everything report.json holds and report.html shows. No clock: the same run gives the same bytes. */
export interface PrecomputeReport {
  readonly id: string;
  readonly encoder: { readonly id: string; readonly fingerprint: string };
  readonly strategy: string;
  readonly k: number;
  readonly dim: number;
  readonly centred: boolean;
  readonly fusion: 'identity' | 'weighted';
  readonly seed: number;
  readonly folds: number;
  readonly dataset: {
    readonly source: string;
    readonly pairs: number;
    readonly images: number;
    readonly captions: number;
    readonly groups: number;
    readonly skipped: readonly Skipped[];
  };
  readonly rows: readonly ReportRow[];
  /** Who was compared for `--strategy`, best first by mean recall@1 of both directions. */
  readonly choice: {
    readonly requested: string;
    readonly candidates: readonly {
      readonly strategy: string;
      readonly recallAt1: MeanAndDeviation;
      /** Why `auto` would not take it, or null. */
      readonly notEligible: string | null;
    }[];
    readonly overRandom: PairedDifference | null;
    readonly belowFull: PairedDifference | null;
  };
  readonly fusionTrial: {
    readonly requested: string;
    readonly reason: string;
    readonly identityRecallAt1: MeanAndDeviation | null;
    readonly weightedRecallAt1: MeanAndDeviation | null;
    readonly difference: PairedDifference | null;
  };
  readonly calibration: {
    readonly slope: number;
    readonly intercept: number;
    readonly baseRate: number;
    readonly matchThreshold: number;
    readonly mismatchThreshold: number;
    readonly targetPrecision: number;
    readonly ece: number;
    readonly brier: number;
    readonly pairs: number;
    readonly bins: readonly ReliabilityBin[];
    readonly histogram: readonly HistogramBin[];
    readonly decisions: DecisionCounts;
  };
  readonly stability: {
    /** Whose masks: the chosen strategy's where data choose its mask, else mutual information's. */
    readonly strategy: string;
    readonly meanJaccard: number;
    /** Null where it is undefined: k = dim. */
    readonly meanKuncheva: number | null;
    readonly chanceJaccard: number;
    /** In how many folds each coordinate was kept, length dim. */
    readonly keptInFolds: readonly number[];
  };
  readonly relevance: {
    readonly unit: 'nats';
    readonly estimator: string;
    readonly values: readonly number[];
    /** The mutual-information mask of k coordinates, ascending. */
    readonly mask: readonly number[];
    /** The coordinates the selection keeps, ascending; null when it keeps all. */
    readonly kept: readonly number[] | null;
  };
}

/** Held-out decisions: rows what was true, columns what was said. */
export interface DecisionCounts {
  readonly match: { readonly match: number; readonly uncertain: number; readonly mismatch: number };
  readonly mismatch: { readonly match: number; readonly uncertain: number; readonly mismatch: number };
}
