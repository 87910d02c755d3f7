import type { Candidate } from './candidates.ts';
import { comparisonCandidates, withYardsticks } from './candidates.ts';
import type { Evaluation } from './cross-validation.ts';
import {
  type MeanAndDeviation,
  type PairedDifference,
  pairedDifference,
  summarize,
} from './paired-difference.ts';
import type { PairSet } from '../pairs/pair-set.ts';
import { meanRecallAt1 } from './mean-recall.ts';
import {
  type CandidateFusions,
  type FusionChoice,
  type FusionTrial,
  fusionTrials,
  fusionsOf,
} from './fusion-trials.ts';

/** Coordinates kept in a comparison that names none: 64, 200 and 512 bytes in float32, the first and last about what
 *  sign bits and int8 of 512 coordinates take. */
export const DEFAULT_KS = [16, 50, 128];

export interface ChoiceOptions {
  /** A strategy, or `auto`. */
  readonly strategy: string;
  /** Compared; the yardsticks, mutual information and the one asked for come with them. */
  readonly strategies: readonly string[];
  /** Coordinates to keep. */
  readonly k: number;
  /** Compared beside k. */
  readonly ks: readonly number[];
  readonly fusion: FusionChoice;
  /** The learned fusions to try on the chosen strategy. */
  readonly candidateFusions: CandidateFusions;
  readonly centred: boolean;
}

/** Who was compared for a choice, best first by mean recall@1 of both directions. */
export interface ChoiceReport {
  readonly requested: string;
  readonly candidates: readonly {
    readonly strategy: string;
    readonly recallAt1: MeanAndDeviation;
    /** Why `auto` would not take it, or null. */
    readonly notEligible: string | null;
  }[];
  /**
   * Recall@1 when the strategy is chosen anew without each fold and measured on it: what the choice is worth without the
   * flattery of having been made on the same folds. Null where it was asked for by name.
   */
  readonly nested: { readonly recallAt1: MeanAndDeviation; readonly picks: readonly string[] } | null;
  readonly overRandom: PairedDifference | null;
  readonly belowFull: PairedDifference | null;
}

/** What subtracting each modality's training mean does to the chosen strategy. */
export interface CentringEffect {
  readonly strategy: string;
  readonly k: number;
  readonly centred: MeanAndDeviation;
  readonly uncentred: MeanAndDeviation;
  /** Centred less uncentred. */
  readonly difference: PairedDifference;
}

export interface Choice {
  /** Every strategy at every k under identity fusion, then whatever was tried on the chosen one. */
  readonly evaluations: readonly Evaluation[];
  /** The one to publish: of `evaluations`, float32. */
  readonly chosen: Evaluation;
  /** The main row of every strategy at k, `full` at dim. */
  readonly atK: readonly Evaluation[];
  readonly mutualInformation: Evaluation;
  readonly report: ChoiceReport;
  readonly fusionTrials: readonly FusionTrial[];
  readonly centring: CentringEffect;
}

export type CrossValidate = (set: PairSet, candidates: readonly Candidate[]) => Promise<Evaluation[]>;

/**
 * Cross-validate every strategy at every k, take the one asked for at k (`auto`: the best mean recall@1 of both
 * directions among those that store at most k coordinates), then try the learned fusions and the other centring on it.
 */
export async function chooseStrategy(
  set: PairSet,
  options: ChoiceOptions,
  crossValidate: CrossValidate,
): Promise<Choice> {
  const { k, centred } = options;
  const asked = options.strategy === 'auto' ? [] : [options.strategy];
  const names = withYardsticks([...new Set(['mutual-information', ...options.strategies, ...asked])]);
  const ks = [...new Set([...options.ks, k])].filter((some) => some <= set.dim).sort((a, b) => a - b);
  const plain = await crossValidate(set, comparisonCandidates(names, ks, set.dim, centred));
  const atK = (name: string): Evaluation => mainRow(plain, name, k);
  const sideBySide = names.map(atK);
  const ranked = rankStrategies(sideBySide, k);
  const eligible = new Set(
    ranked.filter(({ notEligible }) => notEligible === null).map(({ strategy }) => strategy),
  );
  const name =
    options.strategy === 'auto'
      ? ranked.find((entry) => entry.notEligible === null)?.strategy
      : options.strategy;
  if (name === undefined) throw new Error('no strategy is eligible');
  const identity = atK(name);
  const fusions = fusionsOf(name, options.candidateFusions);
  const otherCentring = { ...identity.candidate, centred: !identity.candidate.centred };
  const [recentred, ...learned] = await crossValidate(set, [
    otherCentring,
    ...fusions.kinds.map((fusion): Candidate => ({ ...identity.candidate, fusion })),
  ]);
  const int8 = plain.find(({ candidate }) => candidate.encoding === 'int8');
  if (int8 === undefined) throw new Error('int8 vectors were not evaluated');
  const trials = fusionTrials({ identity, learned, int8, asked: options.fusion, untried: fusions.untried });
  const { winner: chosen } = trials;
  return {
    evaluations: [...plain, ...learned, recentred],
    chosen,
    atK: sideBySide,
    mutualInformation: atK('mutual-information'),
    report: {
      requested: options.strategy,
      candidates: ranked,
      nested:
        options.strategy === 'auto'
          ? nestedChoice(sideBySide.filter(({ row }) => eligible.has(row.strategy)))
          : null,
      overRandom: differenceTo(chosen, atK('random')),
      belowFull: differenceTo(chosen, atK('full')),
    },
    fusionTrials: trials.report,
    centring: centringEffect(identity, recentred),
  };
}

/** The float32 row of a strategy at k, identity fusion; of `full` its only one. */
function mainRow(evaluations: readonly Evaluation[], strategy: string, k: number): Evaluation {
  const found = evaluations.find(
    ({ candidate }) =>
      candidate.strategy === strategy &&
      candidate.encoding === 'float32' &&
      candidate.fusion === 'identity' &&
      (candidate.k === k || strategy === 'full'),
  );
  if (found === undefined) throw new Error(`${strategy} was not evaluated at k = ${k}`);
  return found;
}

function differenceTo(chosen: Evaluation, other: Evaluation): PairedDifference | null {
  const isSame = chosen.candidate.strategy === other.candidate.strategy;
  return isSame ? null : pairedDifference(chosen.recallAt1, other.recallAt1);
}

function rankStrategies(evaluations: readonly Evaluation[], k: number): ChoiceReport['candidates'] {
  return evaluations
    .map(({ candidate: { strategy }, row }) => ({
      strategy,
      recallAt1: meanRecallAt1(row),
      notEligible:
        strategy === 'random'
          ? 'the yardstick'
          : row.k > k
            ? `stores ${row.k} coordinates, over k = ${k}`
            : null,
    }))
    .sort((a, b) => b.recallAt1.mean - a.recallAt1.mean);
}

/** For each fold the strategy that is best on the others, and its recall@1 on the one held out. */
function nestedChoice(eligible: readonly Evaluation[]): NonNullable<ChoiceReport['nested']> {
  const folds = eligible[0].recallAt1.length;
  const outerMean = ({ recallAt1 }: Evaluation, held: number): number =>
    recallAt1.reduce((sum, recall, fold) => (fold === held ? sum : sum + recall), 0) / (folds - 1);
  const picks = Array.from({ length: folds }, (_, held) =>
    eligible.reduce((best, other) => (outerMean(other, held) > outerMean(best, held) ? other : best)),
  );
  return {
    recallAt1: summarize(picks.map(({ recallAt1 }, fold) => recallAt1[fold])),
    picks: picks.map(({ row }) => row.strategy),
  };
}

function centringEffect(chosen: Evaluation, recentred: Evaluation): CentringEffect {
  const [centred, uncentred] = chosen.candidate.centred ? [chosen, recentred] : [recentred, chosen];
  return {
    strategy: chosen.row.strategy,
    k: chosen.row.k,
    centred: meanRecallAt1(centred.row),
    uncentred: meanRecallAt1(uncentred.row),
    difference: pairedDifference(centred.recallAt1, uncentred.recallAt1),
  };
}
