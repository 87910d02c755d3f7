import type { Evaluation } from './cross-validation.ts';
import { groupedFolds, remainingRows } from '../pairs/folds.ts';
import type { PairSet } from '../pairs/pair-set.ts';
import { type MeanAndDeviation, type PairedDifference, pairedDifference } from './paired-difference.ts';
import type { FusionKind } from '../scoring/selection-model.ts';
import { meanRecallAt1 } from './mean-recall.ts';

/** What one fusion made of the chosen strategy over the same folds. */
export interface FusionTrial {
  readonly fusion: FusionKind;
  readonly recallAt1: MeanAndDeviation;
  /** Null for identity itself. */
  readonly differenceToIdentity: PairedDifference | null;
  /** Full vectors at one byte a coordinate are the other bar to beat; null for identity. */
  readonly differenceToInt8: PairedDifference | null;
  readonly taken: boolean;
  /** A clause without capital or stop: why it was taken or left. */
  readonly reason: string;
}

/** Weights are learned one a coordinate, their penalty by inner folds: below this there is nothing to learn from. */
const MIN_FUSION_GROUPS = 20;

/** `auto`: a learned one where it wins. */
export type FusionChoice = 'auto' | FusionKind;
type LearnedFusion = Exclude<FusionKind, 'identity'>;
const LEARNED: readonly LearnedFusion[] = ['weighted', 'attention'];

/** The learned fusions that are worth a trial, or why there is none. */
export interface CandidateFusions {
  readonly kinds: readonly LearnedFusion[];
  readonly untried: string | null;
}

/** Which learned fusions these pairs allow; none where even one that was asked for by name cannot be fitted. */
export function candidateFusions(
  set: PairSet,
  { fusion, folds, seed }: { readonly fusion: FusionChoice; readonly folds: number; readonly seed: number },
): CandidateFusions {
  if (fusion === 'identity')
    return { kinds: [], untried: 'identity was asked for; no learned fusion was tried' };
  const groups = fewestTrainingGroups(set, folds, seed);
  if (groups >= MIN_FUSION_GROUPS) return { kinds: fusion === 'auto' ? LEARNED : [fusion], untried: null };
  const few = `${groups} groups to train on in a fold, a learned fusion needs ${MIN_FUSION_GROUPS}`;
  const untried = fusion === 'auto' ? `no learned fusion was tried, there are too few pairs (${few})` : few;
  return { kinds: [], untried };
}

/** Full vectors are scored by plain cosine, whatever the pairs would allow. */
export function fusionsOf(strategy: string, possible: CandidateFusions): CandidateFusions {
  if (strategy !== 'full') return possible;
  return { kinds: [], untried: 'full vectors are scored by plain cosine; no learned fusion was tried' };
}

function fewestTrainingGroups({ groups }: PairSet, folds: number, seed: number): number {
  const counts = groupedFolds(groups, folds, seed).map((held) => {
    const rows = remainingRows(groups.length, held);
    return new Set(Array.from(rows, (row) => groups[row])).size;
  });
  return Math.min(...counts);
}

export interface TrialParts {
  readonly identity: Evaluation;
  readonly learned: readonly Evaluation[];
  /** Full vectors at one byte a coordinate: the other bar, since a fusion worth shipping must beat what is cheap. */
  readonly int8: Evaluation;
  readonly asked: FusionChoice;
  readonly untried: string | null;
}

/**
 * A learned fusion replaces identity only where it beats both identity and full int8 vectors by more than one standard
 * error over the same folds, the best of those that do; or where it was asked for by name.
 */
export function fusionTrials({ identity, learned, int8, asked, untried }: TrialParts): {
  readonly winner: Evaluation;
  readonly report: readonly FusionTrial[];
} {
  const trials = learned.map((evaluation) => ({
    evaluation,
    toIdentity: pairedDifference(evaluation.recallAt1, identity.recallAt1),
    toInt8: pairedDifference(evaluation.recallAt1, int8.recallAt1),
  }));
  const winners = trials
    .filter(({ toIdentity, toInt8 }) => asked !== 'auto' || (toIdentity.better && toInt8.better))
    .sort((a, b) => b.toIdentity.mean - a.toIdentity.mean);
  const winner = winners.length === 0 ? identity : winners[0].evaluation;
  const isIdentity = winner === identity;
  return {
    winner,
    report: [
      {
        fusion: 'identity',
        recallAt1: meanRecallAt1(identity.row),
        differenceToIdentity: null,
        differenceToInt8: null,
        taken: isIdentity,
        reason: isIdentity
          ? (untried ?? 'no learned fusion beat identity and full int8 vectors')
          : 'replaced',
      },
      ...trials.map(({ evaluation, toIdentity, toInt8 }) => ({
        fusion: evaluation.candidate.fusion,
        recallAt1: meanRecallAt1(evaluation.row),
        differenceToIdentity: toIdentity,
        differenceToInt8: toInt8,
        taken: evaluation === winner,
        reason: reasonFor(toIdentity.better, toInt8.better, asked, evaluation === winner),
      })),
    ],
  };
}

function reasonFor(beatsIdentity: boolean, beatsInt8: boolean, asked: FusionChoice, taken: boolean): string {
  const bars = [beatsIdentity ? [] : ['identity'], beatsInt8 ? [] : ['full int8 vectors']].flat();
  const verdict =
    bars.length === 0
      ? 'beats identity and full int8 vectors by more than one standard error'
      : `does not beat ${bars.join(' and ')} by more than one standard error`;
  if (taken && asked !== 'auto') return `asked for; it ${verdict}`;
  return taken || bars.length > 0 ? verdict : `${verdict}, another one by more`;
}
