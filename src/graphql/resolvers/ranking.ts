import { provenanceOf } from '../provenance.ts';
import { AppError } from '../../errors.ts';
import type { PublishedSelection } from '../../storage/selection-store.ts';
import { toItemError } from '../errors.ts';
import type { RankedItem, Ranking } from '../generated/resolvers.ts';
import { type PairScore, intervalOf } from '../pair-scores.ts';

/** `first`: at most so many items; null or undefined is all. `baseRate`: the one that the outcomes were scored at. */
interface RankingOptions {
  readonly first: number | null | undefined;
  readonly baseRate: number | undefined;
}

/** Best score first, equal scores by index, failed items last by index; then cut. */
export function toRanking(
  published: PublishedSelection,
  outcomes: readonly (PairScore | AppError)[],
  { first, baseRate }: RankingOptions,
): Ranking {
  const items = outcomes
    .map((outcome, index) => ({ outcome, index }))
    .sort((a, b) => scoreOf(b.outcome) - scoreOf(a.outcome) || a.index - b.index)
    .slice(0, first ?? outcomes.length)
    .map(({ outcome, index }) => toRankedItem(published, outcome, index, baseRate));
  return { __typename: 'Ranking', items, selection: published.id, provenance: provenanceOf(published) };
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

function toRankedItem(
  published: PublishedSelection,
  outcome: PairScore | AppError,
  index: number,
  baseRate: number | undefined,
): RankedItem {
  if (outcome instanceof AppError) return { __typename: 'RankedItem', index, error: toItemError(outcome) };
  const { cosine, score, probability, decision } = outcome;
  const probabilityInterval = intervalOf(published, score, baseRate);
  return { __typename: 'RankedItem', index, cosine, score, probability, probabilityInterval, decision };
}
