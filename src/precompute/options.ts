import type { CalibrationOptions } from '../core/evaluation/calibrate.ts';
import type { ChoiceOptions } from '../core/evaluation/choose-strategy.ts';
import type { FusionChoice } from '../core/evaluation/fusion-trials.ts';
import type { MismatchOptions } from '../core/pairs/mismatches.ts';
import type { PairKinds } from '../core/pairs/pair-kinds.ts';
import type { Outliers } from '../core/pairs/outliers.ts';
import type { MarkedMismatches, PairSet } from '../core/pairs/pair-set.ts';

/** Pairs that a record is made from. Groups are numbered from 0. */
export interface RecordPairs extends PairSet {
  readonly groupCount: number;
  readonly mismatches: MarkedMismatches;
  /** Null where no column of kinds was named. */
  readonly kinds: PairKinds | null;
  /** Of the encoder of the pairs, for the record to know what its calibration never held; absent where that was not at hand. */
  readonly outliers?: Outliers;
}

/** How a record is made, wherever its pairs come from: as it is chosen, and how it is fitted. */
export interface RecordOptions extends Omit<ChoiceOptions, 'candidateFusions'> {
  readonly mismatches: MismatchOptions;
  /** What probabilities are to mean, and thresholds to reach. */
  readonly calibration: Omit<CalibrationOptions, 'seed'>;
  /** Which mismatches the calibrator and its thresholds are fitted on: random captions, or each image's hardest. */
  readonly negativeKind?: NegativeKind;
  /** Average the ranks of a mask over this many subsamples of the pairs; 0 for one fit on all. */
  readonly bootstrap: number;
  /** At least 2. */
  readonly folds: number;
  /** From 0 to 2^32 - 1. */
  readonly seed: number;
}

export const NEGATIVE_KINDS = ['random', 'hard'] as const;
export type NegativeKind = (typeof NEGATIVE_KINDS)[number];

export const FUSION_CHOICES = ['auto', 'identity', 'weighted', 'attention'] as const satisfies FusionChoice[];
