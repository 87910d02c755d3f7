import { type Calibration, calibrate, rocCurves } from '../core/evaluation/calibrate.ts';
import { type Choice, type CrossValidate, chooseStrategy } from '../core/evaluation/choose-strategy.ts';
import { candidateFusions } from '../core/evaluation/fusion-trials.ts';
import { type HeldOutScores, hardInPlaceOfRandom, scoreHeldOut } from '../core/evaluation/held-out.ts';
import type { KindReliability } from '../core/evaluation/kind-reliability.ts';
import { mismatchesFor, scoreMismatches } from '../core/evaluation/score-mismatches.ts';
import { groupedFolds } from '../core/pairs/folds.ts';
import { type SelectionRecord, encodeSelection, selectionId } from '../format/selection-record.ts';
import { type FittedRecord, type WholePairs, fitRecord } from './fit-record.ts';
import type { RecordOptions, RecordPairs } from './options.ts';
import { reliabilityOfKinds } from './reliability-of-kinds.ts';

/** A record as it was made, with everything that a report tells of it. */
export interface MadeRecord extends FittedRecord {
  readonly id: string;
  /** As in selection.bin, ready for `publishSelection`. */
  readonly bytes: Uint8Array;
  readonly choice: Choice;
  readonly heldOut: HeldOutScores;
  readonly calibration: Calibration;
  /** How the calibrator does on each kind of pair; null where the dataset names none. */
  readonly kinds: KindReliability | null;
}

/** What the vectors were made by. */
export type RecordEncoder = SelectionRecord['encoder'];

/**
 * A record from pairs: the strategy chosen by cross-validation, fusion and calibrator fitted on what folds held out, the mask or map
 * fitted once more on all pairs. Same pairs, options and seed, same bytes, wherever it runs.
 * @param crossValidate candidates over the folds of the seed, here or on threads
 * @throws RangeError for fewer groups than twice the folds, k beyond dim, prefilters that leave too few, an unknown strategy
 */
export async function makeRecord(
  { encoder, pairs }: { readonly encoder: RecordEncoder; readonly pairs: RecordPairs },
  options: RecordOptions,
  crossValidate: CrossValidate,
): Promise<MadeRecord> {
  const judged = await judgePairs(pairs, options, crossValidate);
  return finishRecord({ encoder, pairs }, judged, options, null);
}

/** Everything that folds tell: what was chosen, and what its scores mean. */
export interface JudgedPairs extends Pick<MadeRecord, 'choice' | 'heldOut' | 'calibration' | 'kinds'> {
  /** The pairs each fold held out. */
  readonly folds: readonly Uint32Array[];
}

/** The part of `makeRecord` that is judged on folds. @throws RangeError as that does */
export async function judgePairs(
  pairs: RecordPairs,
  options: RecordOptions,
  crossValidate: CrossValidate,
): Promise<JudgedPairs> {
  const { seed } = options;
  const folds = groupedFolds(pairs.groups, options.folds, seed);
  const choice = await chooseStrategy(
    pairs,
    {
      ...options,
      candidateFusions: candidateFusions(pairs, options),
      k: Math.min(options.k, pairs.dim),
    },
    crossValidate,
  );
  const random = scoreHeldOut(pairs, folds, choice.chosen.models, seed);
  const isHard = options.negativeKind === 'hard';
  const heldOut = isHard ? hardInPlaceOfRandom(random) : random;
  const foldModels = { folds, models: choice.chosen.models };
  const most = mismatchesFor(options.calibration.baseRate);
  // Of hard mismatches there is one an image.
  const drawn = isHard ? {} : { mismatches: scoreMismatches(pairs, foldModels, heldOut, { most, seed }) };
  const calibration = {
    ...calibrate({ ...heldOut, ...drawn }, { ...options.calibration, seed }),
    roc: rocCurves(random),
    ...(isHard ? { negativeKind: 'hard' as const } : {}),
  };
  const kinds = reliabilityOfKinds({ pairs, ...foldModels }, heldOut, calibration, {
    ...options.calibration,
    seed,
  });
  return { choice, heldOut, calibration, kinds, folds };
}

/** @param whole the chosen strategy as it was fitted on more pairs than these; null: it is fitted on these */
export async function finishRecord(
  made: { readonly encoder: RecordEncoder; readonly pairs: RecordPairs },
  { choice, heldOut, calibration, kinds, folds }: JudgedPairs,
  options: RecordOptions,
  whole: WholePairs | null,
): Promise<MadeRecord> {
  const fitted = fitRecord(made, choice, { calibration, kinds, held: folds, whole }, options);
  const bytes = encodeSelection(fitted.record);
  return { ...fitted, id: await selectionId(bytes), bytes, choice, heldOut, calibration, kinds };
}
