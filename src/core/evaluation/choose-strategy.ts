import type { Candidate } from './candidates.ts';
import {
  type StorageLimit,
  type StoredEncoding,
  comparisonCandidates,
  storedCandidates,
  withYardsticks,
} from './candidates.ts';
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
  /** A strategy of docs/selection.md, or `auto`. */
  readonly strategy: string;
  /** Compared; the yardsticks, mutual information and the one asked for come with them. */
  readonly strategies: readonly string[];
  /** Coordinates to keep, 1 to dim; `full` keeps all whatever this is, and under `storage` as many are kept as the chosen encoding holds. */
  readonly k: number;
  /** What a stored vector may take: strategy and encoding are then chosen together, by what is left of vectors stored so. */
  readonly storage?: StorageLimit;
  /** Compared beside k, as far as dim goes. */
  readonly ks: readonly number[];
  readonly fusion: FusionChoice;
  /** The learned fusions to try on the chosen strategy. */
  readonly candidateFusions: CandidateFusions;
  /** Whether the mean of each modality is taken out; `full` never centres. */
  readonly centred: boolean;
}

/** Who was compared for a choice, best first by mean recall@1 of both directions. */
export interface ChoiceReport {
  readonly requested: string;
  readonly candidates: readonly {
    readonly strategy: string;
    /** How it is stored, where that was chosen too. */
    readonly stored?: StoredSize;
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

export interface StoredSize {
  readonly encoding: StoredEncoding;
  readonly k: number;
  readonly bytes: number;
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
  /** How corpora store it, and what is left of it then; null where nothing was said about bytes. */
  readonly stored: Evaluation | null;
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
  const { centred, storage } = options;
  const asked = options.strategy === 'auto' ? [] : [options.strategy];
  const names = withYardsticks([...new Set(['mutual-information', ...options.strategies, ...asked])]);
  const stores = storage === undefined ? [] : storedCandidates(names, storage, set.dim, centred);
  const ks = [...new Set([...options.ks, options.k, ...stores.map((candidate) => candidate.k)])]
    .filter((some) => some <= set.dim)
    .sort((a, b) => a - b);
  const compared = comparisonCandidates(names, ks, set.dim, centred);
  const all = await crossValidate(set, [...compared, ...stores]);
  const [plain, storedRows] = [all.slice(0, compared.length), all.slice(compared.length)];
  const rankedRows = storage === undefined ? rowsAtK(plain, names, options.k) : storedRows;
  const ranked = rankRows(rankedRows, storage === undefined ? options.k : null);
  const eligible = ranked
    .filter(({ notEligible }) => notEligible === null)
    .map(({ evaluation }) => evaluation);
  const isWanted = ({ row }: Evaluation): boolean =>
    options.strategy === 'auto'
      ? eligible.some((other) => other.row === row)
      : row.strategy === options.strategy;
  const picked = ranked.map(({ evaluation }) => evaluation).find(isWanted);
  if (picked === undefined) throw new Error('no strategy is eligible');
  const name = picked.row.strategy;
  const k = storage === undefined ? options.k : picked.row.k;
  const atK = (wanted: string): Evaluation => mainRow(plain, wanted, k);
  const sideBySide = rowsAtK(plain, names, k);
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
    evaluations: [...plain, ...storedRows, ...learned, recentred],
    chosen,
    stored: storage === undefined ? null : picked,
    atK: sideBySide,
    mutualInformation: atK('mutual-information'),
    report: {
      requested: options.strategy,
      candidates: ranked.map(({ evaluation, notEligible }) => ({
        strategy: evaluation.row.strategy,
        ...(storage === undefined ? {} : { stored: storedSize(evaluation) }),
        recallAt1: meanRecallAt1(evaluation.row),
        notEligible,
      })),
      nested: options.strategy === 'auto' ? nestedChoice(eligible) : null,
      overRandom: differenceTo(chosen, atK('random')),
      belowFull: differenceTo(chosen, atK('full')),
    },
    fusionTrials: trials.report,
    centring: centringEffect(identity, recentred),
  };
}

/** The main row of every strategy that has one at k. */
function rowsAtK(plain: readonly Evaluation[], names: readonly string[], k: number): Evaluation[] {
  return names.flatMap((name) => findMainRow(plain, name, k) ?? []);
}

/** The float32 row of a strategy at k, identity fusion; of `full` its only one. */
function mainRow(evaluations: readonly Evaluation[], strategy: string, k: number): Evaluation {
  const found = findMainRow(evaluations, strategy, k);
  if (found === undefined) throw new Error(`${strategy} was not evaluated at k = ${k}`);
  return found;
}

function findMainRow(
  evaluations: readonly Evaluation[],
  strategy: string,
  k: number,
): Evaluation | undefined {
  return evaluations.find(
    ({ candidate }) =>
      candidate.strategy === strategy &&
      candidate.encoding === 'float32' &&
      candidate.fusion === 'identity' &&
      (candidate.k === k || strategy === 'full'),
  );
}

function differenceTo(chosen: Evaluation, other: Evaluation): PairedDifference | null {
  const isSame = chosen.candidate.strategy === other.candidate.strategy;
  return isSame ? null : pairedDifference(chosen.recallAt1, other.recallAt1);
}

interface RankedRow {
  readonly evaluation: Evaluation;
  /** Why `auto` would not take it, or null. */
  readonly notEligible: string | null;
}

/** Best first. @param most coordinates that may be stored; null where all rows are of what may be stored */
function rankRows(evaluations: readonly Evaluation[], most: number | null): RankedRow[] {
  return evaluations
    .map((evaluation) => ({ evaluation, notEligible: notEligible(evaluation, most) }))
    .sort((a, b) => meanRecallAt1(b.evaluation.row).mean - meanRecallAt1(a.evaluation.row).mean);
}

function notEligible({ row }: Evaluation, most: number | null): string | null {
  if (row.strategy === 'random') return 'the yardstick';
  return most !== null && row.k > most ? `stores ${row.k} coordinates, over k = ${most}` : null;
}

function storedSize({ row: { encoding, k, bytes } }: Evaluation): StoredSize {
  if (encoding === 'float32') throw new Error('float32 is no encoding of corpora');
  return { encoding, k, bytes };
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
    picks: picks.map(({ row }) =>
      row.encoding === 'float32' ? row.strategy : `${row.strategy} ${row.encoding}`,
    ),
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
