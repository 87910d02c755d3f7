import { AppError } from '../../errors.ts';
import type { PublishedSelection } from '../../storage/selection-store.ts';
import { toItemError } from '../errors.ts';
import type { RankedItem, Ranking } from '../generated/resolvers.ts';
import type { PairScore } from '../pair-scores.ts';

/**
 * Best score first, equal scores by index, failed items last by index; then cut.
 * @param first at most so many items; null or undefined is all
 */
export function toRanking(
  published: PublishedSelection,
  outcomes: readonly (PairScore | AppError)[],
  first: number | null | undefined,
): Ranking {
  const items = outcomes
    .map((outcome, index) => ({ outcome, index }))
    .sort((a, b) => scoreOf(b.outcome) - scoreOf(a.outcome) || a.index - b.index)
    .slice(0, first ?? outcomes.length)
    .map(({ outcome, index }) => toRankedItem(outcome, index));
  return { __typename: 'Ranking', items, selection: published.id };
}

/** @throws AppError BAD_INPUT when `first` is negative */
export function assertFirst(first: number | null | undefined): void {
  if (first != null && first < 0)
    throw new AppError('BAD_INPUT', `Expected first of at least 0, got ${first}.`);
}

/** Scores are finite, so a failed item sorts behind every scored one. Lowest finite number, since Infinity - Infinity is NaN. */
function scoreOf(outcome: PairScore | AppError): number {
  return outcome instanceof AppError ? -Number.MAX_VALUE : outcome.score;
}

function toRankedItem(outcome: PairScore | AppError, index: number): RankedItem {
  if (outcome instanceof AppError) return { __typename: 'RankedItem', index, error: toItemError(outcome) };
  const { cosine, score, probability, decision } = outcome;
  return { __typename: 'RankedItem', index, cosine, score, probability, decision };
}
