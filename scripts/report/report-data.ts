import type { ReliabilityBin } from '../../src/core/metrics.ts';
import type { Skipped } from '../dataset/pair-source.ts';

/** A figure over folds: mean and sample standard deviation. */
export interface Measured {
  readonly mean: number;
  readonly sd: number;
}

export type RecallAt = Readonly<Record<'1' | '5' | '10', Measured>>;

/** A row as `compare` prints it. `bytes`: what is stored a vector. `stability`: null where nothing is chosen. */
export interface ComparisonRow {
  readonly strategy: string;
  readonly k: number;
  readonly encoding: string;
  readonly centred: boolean;
  readonly bytes: number;
  readonly auc: Measured;
  readonly aucHard: Measured;
  readonly recall: { readonly imageToText: RecallAt; readonly textToImage: RecallAt };
  readonly ece: Measured;
  readonly brier: Measured;
  readonly stability: Measured | null;
}

/** Held-out pairs whose score lies in [low, high). */
export interface HistogramBin {
  readonly low: number;
  readonly high: number;
  readonly matches: number;
  readonly mismatches: number;
}

/** How much one thing beats another over the same folds; `standardError` is of the mean difference. */
export interface Difference {
  readonly mean: number;
  readonly standardError: number;
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
  readonly rows: readonly ComparisonRow[];
  /** Who was compared for `--strategy`, best first by mean recall@1 of both directions. */
  readonly choice: {
    readonly requested: string;
    readonly candidates: readonly { readonly strategy: string; readonly recallAt1: Measured }[];
    readonly overRandom: Difference | null;
    readonly belowFull: Difference | null;
  };
  readonly fusionTrial: {
    readonly requested: string;
    readonly reason: string;
    readonly identityRecallAt1: Measured | null;
    readonly weightedRecallAt1: Measured | null;
    readonly difference: Difference | null;
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
    readonly meanJaccard: number;
    readonly meanKuncheva: number;
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
