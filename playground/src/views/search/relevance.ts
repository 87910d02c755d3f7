import type { SearchPage } from '../../api/search-operations.ts';

/** Where relevance ends, as a person is told; null where the API does not know. */
export interface Relevance {
  readonly words: string;
  /** Results from the first on that seem to fit; null where that is not known. */
  readonly count: number | null;
}

/** @param subject what was searched by */
export function relevanceOf(
  { anyMatch, relevantCount, domain }: Pick<SearchPage, 'anyMatch' | 'relevantCount' | 'domain'>,
  subject: 'phrase' | 'picture',
): Relevance | null {
  const count = relevantCount ?? null;
  if (typeof domain.reason === 'string') {
    return {
      words: `Your ${subject} is unlike what this selection was calibrated on: nothing is decided.`,
      count,
    };
  }
  if (typeof anyMatch !== 'number' || count === null) return null;
  if (count === 0) return { words: 'Nothing here seems to fit.', count };
  return { words: count === 1 ? 'Only the first seems to fit.' : `The first ${count} seem to fit.`, count };
}
