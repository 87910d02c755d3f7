import type { SearchEdgeData, SearchPage } from '../../api/search-operations.ts';

/** From what is no closer than an average item of the corpus (0) to what is as close as the best result (1). */
export interface ClosenessScale {
  readonly by: 'cosine' | 'score';
  readonly average: number;
  readonly best: number;
}

/** Null where there is no scale: the API does not know the average, or nothing comes closer than it. */
export function closenessScale({ rankedBy, average, edges }: SearchPage): ClosenessScale | null {
  const by = rankedBy === 'COSINE' ? 'cosine' : 'score';
  const best = edges[0]?.[by];
  if (average == null || best == null || best <= average) return null;
  return { by, average, best };
}

/** From 0 to 1. A cosine or a score is no share of anything; where it lies between two others is. Null where it is not known. */
export function closenessOf(edge: SearchEdgeData, { by, average, best }: ClosenessScale): number | null {
  const value = edge[by];
  if (value == null) return null;
  return Math.min(1, Math.max(0, (value - average) / (best - average)));
}
