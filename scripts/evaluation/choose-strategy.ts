import type { Candidate } from '../../src/core/evaluation/candidates.ts';
import { comparisonCandidates, withYardsticks } from '../../src/core/evaluation/candidates.ts';
import type { Evaluation } from '../../src/core/evaluation/cross-validation.ts';
import {
  type PairedDifference,
  pairedDifference,
  summarize,
} from '../../src/core/evaluation/paired-difference.ts';
import type { PairSet } from '../../src/core/pairs/pair-set.ts';
import { meanRecallAt1 } from '../report/comparison.ts';
import type { PrecomputeReport } from '../report/report-data.ts';
import { type FusionChoice, candidateFusions, fusionTrials, fusionsOf } from './fusion-trials.ts';

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
  readonly centred: boolean;
  readonly folds: number;
  readonly seed: number;
}

export interface Choice {
  /** Every strategy at every k under identity fusion, then whatever was tried on the chosen one. */
  readonly evaluations: readonly Evaluation[];
  /** The one to publish: of `evaluations`, float32. */
  readonly chosen: Evaluation;
  /** The main row of every strategy at k, `full` at dim. */
  readonly atK: readonly Evaluation[];
  readonly mutualInformation: Evaluation;
  readonly report: PrecomputeReport['choice'];
  readonly fusionTrials: PrecomputeReport['fusionTrials'];
  readonly centring: PrecomputeReport['centring'];
}

export type CrossValidate = (set: PairSet, candidates: readonly Candidate[]) => Promise<Evaluation[]>;

/**
 * Cross-validate every strategy at every k, take the one asked for at k (`auto`: the best mean recall@1 of both
 * directions among those that store at most k coordinates), then try the learned fusions and the other centring on it.
 * @throws UserError when a learned fusion is asked for and there are too few groups to fit it
 */
export async function chooseStrategy(
  set: PairSet,
  options: ChoiceOptions,
  crossValidate: CrossValidate,
): Promise<Choice> {
  const { k, centred } = options;
  // Before the long work: what was asked for may be impossible.
  const possible = candidateFusions(set, options);
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
  const fusions = fusionsOf(name, possible);
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

function rankStrategies(
  evaluations: readonly Evaluation[],
  k: number,
): PrecomputeReport['choice']['candidates'] {
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
function nestedChoice(eligible: readonly Evaluation[]): NonNullable<PrecomputeReport['choice']['nested']> {
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

function centringEffect(chosen: Evaluation, recentred: Evaluation): PrecomputeReport['centring'] {
  const [centred, uncentred] = chosen.candidate.centred ? [chosen, recentred] : [recentred, chosen];
  return {
    strategy: chosen.row.strategy,
    k: chosen.row.k,
    centred: meanRecallAt1(centred.row),
    uncentred: meanRecallAt1(uncentred.row),
    difference: pairedDifference(centred.recallAt1, uncentred.recallAt1),
  };
}
