import type { Calibration, CalibrationOptions } from '../core/evaluation/calibrate.ts';
import { type HeldOutScores, type ScoredPairs, scoreWithinKinds } from '../core/evaluation/held-out.ts';
import { type KindReliability, kindReliability } from '../core/evaluation/kind-reliability.ts';
import { kindsOfSources } from '../core/pairs/pair-kinds.ts';
import type { UncalibratedModel } from '../core/scoring/selection-model.ts';
import type { RecordPairs } from './options.ts';

/** What scored the held-out pairs: a model a fold. */
export interface FoldModels {
  readonly pairs: RecordPairs;
  /** The pairs each fold holds out. */
  readonly folds: readonly Uint32Array[];
  readonly models: readonly UncalibratedModel[];
}

/** How the calibrator does on each kind that the dataset names; null where it names none. */
export function reliabilityOfKinds(
  { pairs, folds, models }: FoldModels,
  scored: Pick<HeldOutScores, 'scores' | 'labels' | 'folds' | 'groups' | 'sources'> &
    Partial<Pick<HeldOutScores, 'marked'>>,
  calibration: Pick<Calibration, 'ownProbabilities'>,
  options: CalibrationOptions,
): KindReliability | null {
  const { kinds } = pairs;
  if (kinds === null) return null;
  const withKinds = <Scored extends Pick<ScoredPairs, 'sources'>>(
    list: Scored,
  ): Scored & { readonly kindOf: Uint8Array } => ({ ...list, kindOf: kindsOfSources(kinds, list.sources) });
  const within = scoreWithinKinds(pairs, kinds.pairs, folds, models, options.seed);
  return kindReliability(withKinds(scored), withKinds(within), kinds.names, calibration, options);
}
