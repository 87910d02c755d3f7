import { clampCosine, directionScore, dotRow } from '../core/search/row-scores.ts';
import { chunkCapacity } from '../format/corpus-manifest.ts';
import type { CorpusStore } from '../storage/corpus-store.ts';
import type { WaitUntil } from '../storage/shared-loads.ts';
import { takeTurns } from '../take-turns.ts';
import type { CorpusSearch } from './corpus-search.ts';
import type { Located } from './locate.ts';
import type { PreparedQuery } from './prepare-query.ts';

/** Chunks of full vectors that one query reads at most: a request has 50 subrequests on the free plan. */
export const MAX_FULL_READS = 32;
const MAX_CONCURRENT_READS = 6;

/** What full coordinates tell of a pair. */
export interface FullScore {
  readonly cosine: number;
  readonly score: number;
}

/** Cosine and score from one stored full vector. */
function scoreFullRow(
  query: PreparedQuery,
  row: { readonly rows: Int8Array; readonly offset: number; readonly scale: number; readonly factor: number },
): FullScore {
  const { rows, offset, scale, factor } = row;
  const product = dotRow(rows, offset, query.direction.direction) * scale;
  return {
    cosine: clampCosine(dotRow(rows, offset, query.cosine.vector) * scale + query.cosine.constant),
    score: directionScore(query.direction, product, factor),
  };
}

/**
 * Scores of candidates by their full vectors, as far as MAX_FULL_READS chunks hold them.
 * @param candidates best first: chunks are chosen in their order
 * @returns by position; candidates in other chunks are missing
 * @throws AppError STORAGE_FAILED when a chunk cannot be read
 */
export async function rescore(
  search: CorpusSearch,
  query: PreparedQuery,
  candidates: readonly Located[],
  { store, waitUntil }: { readonly store: CorpusStore; readonly waitUntil?: WaitUntil },
): Promise<Map<number, FullScore>> {
  const { dim } = search.manifest;
  const groups = new Map<string, Located[]>();
  for (const candidate of candidates) {
    const key = `${candidate.segment.id}:${Math.floor(candidate.index / chunkCapacity(dim))}`;
    const group = groups.get(key);
    if (group) group.push(candidate);
    else if (groups.size < MAX_FULL_READS) groups.set(key, [candidate]);
  }
  const scores = new Map<number, FullScore>();
  const inTurn = takeTurns(MAX_CONCURRENT_READS);
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const { start, vectors } = await inTurn(() =>
        store.fullChunk(dim, group[0].segment, group[0].index, waitUntil),
      );
      const [scales, factors] = vectors.columns;
      for (const { position, index } of group) {
        const at = index - start;
        const row = { rows: vectors.rows, offset: at * dim, scale: scales[at], factor: factors[at] };
        scores.set(position, scoreFullRow(query, row));
      }
    }),
  );
  return scores;
}
