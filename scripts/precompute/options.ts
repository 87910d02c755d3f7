import type { StorageLimit } from '../../src/core/evaluation/candidates.ts';
import type { MismatchOptions } from '../../src/core/pairs/mismatches.ts';
import type { PairSourceOptions } from '../dataset/source-options.ts';
import type { CalibrationOptions } from '../../src/core/evaluation/calibrate.ts';
import type { FusionChoice } from '../../src/core/evaluation/fusion-trials.ts';

/** What `precompute` is asked for; the command line and `npm start` fill the same fields. */
export interface PrecomputeOptions {
  readonly source: PairSourceOptions;
  /** Folder for selection.bin, selection.json, report.json and report.html; made when missing. */
  readonly out: string;
  /** A strategy of docs/selection.md, or `auto`. */
  readonly strategy: string;
  /** Compared with it; the yardsticks and mutual information always are. */
  readonly strategies: readonly string[];
  /** Coordinates to keep, 1 to dim; `full` keeps all whatever this is. */
  readonly k: number;
  /** What a stored vector may take, in one of these encodings; `k` then says nothing. */
  readonly storage?: StorageLimit;
  /** Compared beside k, as far as dim goes. */
  readonly ks: readonly number[];
  readonly fusion: FusionChoice;
  /** Whether the mean of each modality is taken out; `full` never centres. */
  readonly centred: boolean;
  readonly mismatches: MismatchOptions;
  /** What probabilities are to mean, and thresholds to reach. */
  readonly calibration: Omit<CalibrationOptions, 'seed'>;
  /** Which mismatches the calibrator and its thresholds are fitted on: random captions, or each image's hardest. */
  readonly negativeKind?: NegativeKind;
  /** Whether picture vectors of regions are compared as well; needs pictures and the embedded encoder. */
  readonly regions?: boolean;
  /** Average the ranks of a mask over this many subsamples of the pairs; 0 for one fit on all. */
  readonly bootstrap: number;
  /** At least 2. */
  readonly folds: number;
  /** To share the folds over; one a core when left out. */
  readonly threads?: number;
  /** From 0 to 2^32 - 1. */
  readonly seed: number;
}

export const NEGATIVE_KINDS = ['random', 'hard'] as const;
export type NegativeKind = (typeof NEGATIVE_KINDS)[number];

export const FUSION_CHOICES = ['auto', 'identity', 'weighted', 'attention'] as const satisfies FusionChoice[];
