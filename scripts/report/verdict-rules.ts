import type { Evidence } from './evidence.ts';

/** What to do with a selection. */
export type Action = 'publish' | 'keep-full-int8' | 'collect-more-pairs' | 'no-signal';

/** Something that was looked at. */
export interface Check {
  readonly name: CheckName;
  readonly passes: boolean;
}

/**
 * Groups of pairs below which figures decide nothing. Over 100 of them a recall@1 of one half has a standard error of 0.05, a tenth of
 * itself, twice the loss that is tolerated. And a precision of 0.95 needs 60 calls without a mistake before it is shown at 95%
 * confidence (rule of three: 3/60), on either side: hardly to be had from fewer.
 */
export const ENOUGH_GROUPS = 100;

/**
 * Share of the recall@1 of full int8 vectors that a selection keeps at least. Losing one hit in twenty is what folds of some hundred
 * pairs can just tell from none (a standard error of 0.02 to 0.03 of 0.6), and five times what int8 itself loses against float32.
 */
export const ENOUGH_RECALL = 0.95;

/**
 * How far probabilities may be off on average, beyond what chance gives at this number of pairs. Decisions aim at a precision of 0.95:
 * probabilities that are off by more than the 0.05 it leaves cannot keep that promise.
 */
export const MOST_CALIBRATION_ERROR = 0.05;

/** Share of a side that must be called: of a filter that calls less than half, most of what it is for passes. */
export const ENOUGH_CALLED = 0.5;

/** Standard errors above random coordinates: a difference of nothing comes out as large once in forty runs. */
export const ABOVE_RANDOM_ERRORS = 2;

/** Share of the rows that may be skipped: as many as the recall that may be lost. */
export const MOST_SKIPPED = 0.05;

export type CheckName =
  | 'signal'
  | 'groups'
  | 'recall'
  | 'bytes'
  | 'random'
  | 'calibration'
  | 'matches'
  | 'mismatches'
  | 'kinds'
  | 'duplicates'
  | 'near-duplicates'
  | 'skipped';

interface Rule {
  readonly name: CheckName;
  readonly passes: (evidence: Evidence) => boolean;
  /** What to do where it does not pass, unless an earlier rule has said; null: publish, and say so. */
  readonly otherwise: Exclude<Action, 'publish'> | null;
}

/** From the first question to the last: an answer to a later one means nothing where an earlier one fails. */
const RULES: readonly Rule[] = [
  { name: 'signal', otherwise: 'no-signal', passes: ({ signal }) => signal === null || signal.found },
  {
    name: 'groups',
    otherwise: 'collect-more-pairs',
    passes: ({ signal, groups }) => signal !== null && groups >= ENOUGH_GROUPS,
  },
  {
    name: 'recall',
    otherwise: 'keep-full-int8',
    passes: (evidence) => evidence.keepsAll || keptRecall(evidence) >= ENOUGH_RECALL,
  },
  { name: 'bytes', otherwise: 'keep-full-int8', passes: (evidence) => evidence.keepsAll || pays(evidence) },
  {
    name: 'random',
    otherwise: null,
    passes: ({ overRandom }) =>
      overRandom === null || overRandom.mean > ABOVE_RANDOM_ERRORS * overRandom.standardError,
  },
  {
    name: 'calibration',
    otherwise: null,
    passes: ({ calibrationError, calibrationErrorByChance }) =>
      calibrationError - calibrationErrorByChance <= MOST_CALIBRATION_ERROR,
  },
  {
    name: 'matches',
    otherwise: null,
    passes: ({ callsMatches, matchesCalled }) => callsMatches && matchesCalled >= ENOUGH_CALLED,
  },
  {
    name: 'mismatches',
    otherwise: null,
    passes: ({ callsMismatches, mismatchesCalled }) => callsMismatches && mismatchesCalled >= ENOUGH_CALLED,
  },
  { name: 'kinds', otherwise: null, passes: ({ misfits }) => misfits.length === 0 },
  { name: 'duplicates', otherwise: null, passes: ({ duplicates }) => duplicates === 0 },
  { name: 'near-duplicates', otherwise: null, passes: ({ nearDuplicates }) => nearDuplicates === 0 },
  {
    name: 'skipped',
    otherwise: null,
    passes: ({ skipped, pairs, duplicates }) => skipped <= MOST_SKIPPED * (skipped + pairs + duplicates),
  },
];

/** Share of the recall@1 of full vectors that is kept, above 1 where the selection is better; 1 where there is nothing to compare. */
export function keptRecall({ selection, full }: Pick<Evidence, 'selection' | 'full'>): number {
  if (selection === null || full === null || full.recallAt1 === 0) return 1;
  return selection.recallAt1 / full.recallAt1;
}

/** It saves bytes, or it takes as many and finds more, by more than one standard error. */
function pays({ selection, full, belowFull }: Evidence): boolean {
  if (selection === null || full === null) return true;
  return selection.bytes < full.bytes || (belowFull?.better ?? false);
}

/** Everything that is looked at, in the order of the rules, and what to do by the first rule that fails and decides. */
export function checkRules(evidence: Evidence): {
  readonly action: Action;
  /** Of the rule that decides; null where none does and the selection is to be published. */
  readonly decidedBy: CheckName | null;
  readonly checks: readonly Check[];
} {
  const checks = RULES.map(({ name, passes }): Check => ({ name, passes: passes(evidence) }));
  const deciding = RULES.find(({ otherwise }, i) => otherwise !== null && !checks[i].passes);
  return { action: deciding?.otherwise ?? 'publish', decidedBy: deciding?.name ?? null, checks };
}
