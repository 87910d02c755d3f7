import type { DecisionsAtRate } from '../../src/core/evaluation/decisions-at-rate.ts';
import type { DecisionCounts, HardDecisions } from '../../src/core/evaluation/decision-counts.ts';
import type { CentringEffect, ChoiceReport, StoredSize } from '../../src/core/evaluation/choose-strategy.ts';
import type { FusionTrial } from '../../src/core/evaluation/fusion-trials.ts';
import type { HistogramBin, UncalibratedMeasures } from '../../src/core/evaluation/calibrate.ts';
import type { KindReliability } from '../../src/core/evaluation/kind-reliability.ts';
import type { MaskStability } from '../../src/core/evaluation/mask-stability.ts';
import type { SignalTest } from '../../src/core/evaluation/signal-test.ts';
import type { RocCurve } from '../../src/core/evaluation/roc-curve.ts';
import type { CalibratorKind, FusionKind } from '../../src/core/scoring/selection-model.ts';
import type { ComparisonRow } from '../../src/core/evaluation/cross-validation.ts';
import type { ReliabilityBin } from '../../src/core/evaluation/metrics.ts';
import type { MeanAndDeviation, PairedDifference } from '../../src/core/evaluation/paired-difference.ts';
import type { RegionChoice } from '../../src/core/evaluation/region-images.ts';
import type { DataCheck } from './data-warnings.ts';
import type { Skipped } from '../dataset/pair-source.ts';

/** A row as `compare` prints it, with the fusion it was measured under. */
export interface ReportRow extends Omit<ComparisonRow, 'strategy'> {
  readonly strategy: string;
  readonly fusion: FusionKind;
  /** Kuncheva's index over all pairs of folds: 0 for chance, 1 for equal masks; null where `stability` is or k = dim. */
  readonly kuncheva: MeanAndDeviation | null;
}

/** Everything report.json holds and report.html shows. No clock: the same run gives the same bytes. */
export interface PrecomputeReport {
  readonly id: string;
  readonly encoder: { readonly id: string; readonly fingerprint: string };
  readonly strategy: string;
  readonly k: number;
  readonly dim: number;
  readonly centred: boolean;
  readonly fusion: FusionKind;
  readonly seed: number;
  readonly folds: number;
  readonly dataset: {
    readonly source: string;
    readonly pairs: number;
    readonly images: number;
    readonly captions: number;
    readonly groups: number;
    /** Rows a person marked as mismatches, used as negatives. */
    readonly mismatches: number;
    /** Rows that repeat the image and the text of an earlier row. */
    readonly duplicates: number;
    /** Null where there are too few groups to tell. */
    readonly signal: SignalTest | null;
    /** Absent where nobody looked. */
    readonly nearDuplicates?: Required<DataCheck>['nearDuplicates'];
    readonly skipped: readonly Skipped[];
  };
  /** Where the pairs are a grouped sample of more: of how many, and what the strategy was fitted on. */
  readonly sample?: { readonly of: number; readonly fittedOn: 'shards' | 'sample' };
  /** In any order. Of two rows that differ in `centred` only, the first is the strategy's main row. */
  readonly rows: readonly ReportRow[];
  readonly choice: ChoiceReport;
  /** How corpora store the selection, and what is left of it then; absent where nothing was said about bytes. */
  readonly stored?: StoredSize & {
    readonly recallAt1: MeanAndDeviation;
    readonly floatQuery: MeanAndDeviation;
  };
  /** Identity first, then each learned fusion that was tried on the chosen strategy. One is taken. */
  readonly fusionTrials: readonly FusionTrial[];
  readonly centring: CentringEffect | null;
  /** Null where no held-out scores were kept. */
  readonly roc: { readonly random: RocCurve; readonly hard: RocCurve | null } | null;
  readonly calibration: CalibrationReport;
  /** How the calibrator does on each kind of pair; absent where the dataset names none. */
  readonly kinds?: KindReliability;
  /** What picture vectors of regions give; absent where nobody asked. */
  readonly regions?: RegionsReport;
  readonly stability: MaskStability;
  readonly relevance: RelevanceReport;
  /** Null where the pairs are bare embeddings. */
  readonly examples: ExamplePairs | null;
}

export interface RegionsReport {
  readonly choices: readonly RegionChoice[];
  readonly rows: readonly {
    readonly strategy: string;
    readonly k: number;
    /** Mean recall@1 of both directions. */
    readonly whole: MeanAndDeviation;
    /** What each of `choices` adds to it, in their order. */
    readonly gains: readonly PairedDifference[];
  }[];
}

export interface CalibrationReport {
  readonly kind: CalibratorKind;
  /** Of Platt: probability = sigmoid(slope·score + intercept). Null for isotonic, which has no formula. */
  readonly slope: number | null;
  readonly intercept: number | null;
  /**
   * Score to probability with its 95% interval, over the histogram's range, scores ascending: of isotonic the knots of the record and
   * the ends of the range, between which it is a straight line; of Platt small steps.
   */
  readonly curve: readonly {
    readonly score: number;
    readonly probability: number;
    readonly low: number;
    readonly high: number;
  }[];
  /** Every calibrator fitted, with what it scored on folds it had not seen. */
  readonly tried: readonly { readonly kind: CalibratorKind; readonly brier: number }[];
  readonly baseRate: number;
  readonly matchThreshold: number;
  readonly mismatchThreshold: number;
  /** The lowest score that is a match, the highest that is a mismatch; null where that side is closed or all scores lie on it. */
  readonly matchScore: number | null;
  readonly mismatchScore: number | null;
  readonly targetPrecision: number;
  readonly ece: number;
  readonly brier: number;
  readonly pairs: number;
  readonly bins: readonly ReliabilityBin[];
  /** Before calibration: the score itself, cut to [0, 1], taken for a probability. */
  readonly before: UncalibratedMeasures | null;
  readonly histogram: readonly HistogramBin[];
  readonly decisions: DecisionCounts;
  /** Of hard mismatches by the same thresholds; null where none were scored. */
  readonly hard: HardDecisions | null;
  /** Absent: fitted on random captions. */
  readonly negativeKind?: 'hard';
  /** Rarest matches last. */
  readonly byBaseRate: readonly DecisionsAtRate[];
}

export interface RelevanceReport {
  readonly unit: 'nats';
  readonly estimator: string;
  readonly values: readonly number[];
  /** The mutual-information mask of k coordinates, ascending. */
  readonly mask: readonly number[];
  /** The coordinates the selection keeps, ascending; null when it keeps all. */
  readonly kept: readonly number[] | null;
  /** What the chosen strategy itself ranked by, where that is not mutual information; null for maps and full. */
  readonly own: {
    readonly strategy: string;
    /** Length dim; null where the strategy gives none. */
    readonly values: readonly (number | null)[];
  } | null;
}

/** Held-out pairs worth a look, at most ten a list. */
export interface ExamplePairs {
  /** Matches of the highest scores. */
  readonly best: readonly ExamplePair[];
  /** Furthest from the truth: matches of a low probability, mismatches of a high one. */
  readonly worst: readonly ExamplePair[];
  /** Of a probability nearest one half. */
  readonly uncertain: readonly ExamplePair[];
}

export interface ExamplePair {
  /** Names the picture as the dataset does. */
  readonly where: string;
  readonly caption: string;
  readonly isMatch: boolean;
  readonly score: number;
  readonly probability: number;
  readonly decision: 'MATCH' | 'MISMATCH' | 'UNCERTAIN';
  /** A data: URI of at most 4 KB, or null where there is no picture or it does not open. */
  readonly thumbnail: string | null;
}
