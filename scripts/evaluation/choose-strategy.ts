import {
  type Candidate,
  type Evaluation,
  comparisonCandidates,
  crossValidate,
} from '../../src/core/cross-validation.ts';
import { groupedFolds, remainingRows } from '../../src/core/folds.ts';
import { type PairedDifference, pairedDifference } from '../../src/core/paired-difference.ts';
import type { PairSet } from '../../src/core/pair-set.ts';
import { MASK_STRATEGIES, type MaskStrategy } from '../../src/core/selection/strategies.ts';
import { UserError } from '../cli/user-error.ts';
import type { FusionChoice } from '../precompute/options.ts';
import { meanRecallAt1 } from '../report/comparison.ts';
import type { PrecomputeReport } from '../report/report-data.ts';

/** Weights are learned one a coordinate, their penalty by inner folds: below this there is nothing to learn from. */
const MIN_FUSION_GROUPS = 20;

export interface ChoiceOptions {
  readonly strategy: MaskStrategy | 'auto';
  readonly k: number;
  readonly fusion: FusionChoice;
  readonly folds: number;
  readonly seed: number;
}

export interface Choice {
  /** Every strategy under identity fusion, and the chosen one under weighted fusion where that was tried. */
  readonly evaluations: readonly Evaluation[];
  /** The one to publish: of `evaluations`, float32. */
  readonly chosen: Evaluation;
  readonly mutualInformation: Evaluation;
  readonly report: PrecomputeReport['choice'];
  readonly fusionTrials: PrecomputeReport['fusionTrials'];
}

/**
 * Cross-validate every strategy at k, take the one asked for (`auto`: the best mean recall@1 of both directions among
 * those that store at most k coordinates), then try the learned fusion on it.
 * @param tell receives a line a person reads while waiting
 * @throws UserError when weighted fusion is asked for and there are too few groups to fit it
 */
export function chooseStrategy(set: PairSet, options: ChoiceOptions, tell: (line: string) => void): Choice {
  const { folds, seed, k } = options;
  const candidates = comparisonCandidates(MASK_STRATEGIES, [k], set.dim);
  const onFold = (done: number): void => {
    tell(`cross-validation: fold ${done} of ${folds}`);
  };
  const plain = crossValidate(set, candidates, { folds, seed, onFold });
  const ranked = rankStrategies(plain, options);
  const name =
    options.strategy === 'auto'
      ? ranked.find((entry) => entry.notEligible === null)?.strategy
      : options.strategy;
  if (name === undefined) throw new Error('no strategy is eligible');
  const identity = mainRow(plain, name);
  const trial = tryFusion(set, identity, options);
  const chosen = trial.winner;
  return {
    evaluations: trial.weighted === null ? plain : [...plain, trial.weighted],
    chosen,
    mutualInformation: mainRow(plain, 'mutual-information'),
    report: {
      requested: options.strategy,
      candidates: ranked,
      overRandom: differenceTo(chosen, mainRow(plain, 'random')),
      belowFull: differenceTo(chosen, mainRow(plain, 'full')),
    },
    fusionTrials: trial.report,
  };
}

function mainRow(evaluations: readonly Evaluation[], strategy: string): Evaluation {
  const found = evaluations.find(
    ({ candidate }) => candidate.strategy === strategy && candidate.encoding === 'float32',
  );
  if (found === undefined) throw new Error(`${strategy} was not evaluated`);
  return found;
}

function differenceTo(chosen: Evaluation, other: Evaluation): PairedDifference | null {
  const isSame = chosen.candidate.strategy === other.candidate.strategy;
  return isSame ? null : pairedDifference(chosen.recallAt1, other.recallAt1);
}

function rankStrategies(
  evaluations: readonly Evaluation[],
  { k }: ChoiceOptions,
): PrecomputeReport['choice']['candidates'] {
  return evaluations
    .filter(({ candidate }) => candidate.encoding === 'float32')
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

function fewestTrainingGroups({ groups }: PairSet, folds: number, seed: number): number {
  const counts = groupedFolds(groups, folds, seed).map((held) => {
    const rows = remainingRows(groups.length, held);
    return new Set(Array.from(rows, (row) => groups[row])).size;
  });
  return Math.min(...counts);
}

interface FusionTrial {
  readonly winner: Evaluation;
  readonly weighted: Evaluation | null;
  readonly report: PrecomputeReport['fusionTrials'];
}

/** Weighted fusion replaces identity only where it wins by more than one standard error over the same folds. */
function tryFusion(set: PairSet, identity: Evaluation, { fusion, folds, seed }: ChoiceOptions): FusionTrial {
  const plain = {
    fusion: 'identity',
    recallAt1: meanRecallAt1(identity.row),
    differenceToIdentity: null,
    differenceToInt8: null,
  } as const;
  const untried = (reason: string): FusionTrial => ({
    winner: identity,
    weighted: null,
    report: [{ ...plain, taken: true, reason }],
  });
  if (identity.candidate.strategy === 'full')
    return untried('full vectors are scored by plain cosine; no learned fusion was tried');
  if (fusion === 'identity') return untried('identity was asked for; no learned fusion was tried');
  const groups = fewestTrainingGroups(set, folds, seed);
  if (groups < MIN_FUSION_GROUPS) {
    const few = `${groups} groups to train on in a fold, weighted needs ${MIN_FUSION_GROUPS}`;
    if (fusion === 'weighted')
      throw new UserError(`--fusion weighted cannot be fitted: ${few}. Bring more pairs`);
    return untried(`no learned fusion was tried, there are too few pairs (${few})`);
  }
  const candidate: Candidate = { ...identity.candidate, fusion: 'weighted' };
  const [weighted] = crossValidate(set, [candidate], { folds, seed });
  const difference = pairedDifference(weighted.recallAt1, identity.recallAt1);
  const isTaken = fusion === 'weighted' || difference.better;
  const verdict = `${difference.better ? 'beats' : 'does not beat'} identity by more than one standard error`;
  return {
    winner: isTaken ? weighted : identity,
    weighted,
    report: [
      { ...plain, taken: !isTaken, reason: isTaken ? 'replaced' : 'no learned fusion beat it' },
      {
        fusion: 'weighted',
        recallAt1: meanRecallAt1(weighted.row),
        differenceToIdentity: difference,
        differenceToInt8: null,
        taken: isTaken,
        reason: fusion === 'weighted' ? `asked for; it ${verdict}` : verdict,
      },
    ],
  };
}
