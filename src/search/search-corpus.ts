import { probability } from '../core/calibration/calibration.ts';
import { clampCosine, directionScore, dotRow } from '../core/search/row-scores.ts';
import { ENGINE_TOP_K, engineKindOf } from '../format/corpus-engine.ts';
import { scannedShape } from '../format/corpus-manifest.ts';
import { type Candidate, engineCandidates, scannedCandidates } from './candidates.ts';
import type { CorpusHit, CorpusHits, CorpusSearch } from './corpus-search.ts';
import type { EngineReader } from './engine.ts';
import type { Located } from './locate.ts';
import { type PreparedQuery, prepareQuery } from './prepare-query.ts';
import { type FullScore, rescore } from './rescore.ts';
import type { ScanPlace } from './scan-corpus.ts';
import { scannedScore } from './scan-segment.ts';
import type { SegmentMemory } from './segment-memory.ts';

/** What a search works with. */
export interface SearchPlace extends ScanPlace {
  /** That of the manifest, where it names one. */
  readonly engine?: EngineReader;
}

/**
 * The best vectors of a corpus for a query, by an exact scan of what the plan keeps of them or by what its engine finds; under plan
 * `compact` the best `rerank` of those are ordered anew by their full vectors, and the others follow by score. Behind an engine every
 * result is among them, as far as MAX_FULL_READS reach: its own scores are rounded otherwise than the isolate's.
 * @throws AppError STORAGE_FAILED when nothing can be scanned, or full vectors cannot be read
 * O(vectors · scanned bytes), and at most MAX_FULL_READS reads for re-ranking.
 */
export async function searchCorpus(search: CorpusSearch, place: SearchPlace): Promise<CorpusHits> {
  const { manifest, depth } = search;
  const isCompact = manifest.plan === 'compact';
  const topK = ENGINE_TOP_K[engineKindOf(manifest)] ?? Infinity;
  const wanted = place.engine === undefined ? search.rerank : Math.max(search.rerank, depth);
  const rerank = isCompact ? Math.min(wanted, topK) : 0;
  const query = prepareQuery(search);
  // Re-ranking drops those that turn out too improbable: others have to be there in their places.
  const capacity = search.minProbability === null ? Math.max(depth, rerank) : depth + rerank;
  const { candidates, ...found } = await (place.engine === undefined
    ? scannedCandidates(search, query, capacity, place)
    : engineCandidates(search, query, Math.min(capacity, topK), place.engine, place));
  if (!isCompact) {
    const hits = await fullHits(search, query, candidates, place);
    return { hits, average: averageOf(query), ...found, reranked: 0 };
  }
  const rescored = await rescore(search, query, candidates.slice(0, rerank), place);
  return {
    hits: orderRescored(search, query, candidates, rescored).slice(0, depth),
    average: averageOf(query),
    ...found,
    reranked: rescored.size,
  };
}

/**
 * What ranks the vectors, at their mean: an inner product has its mean there. A score that is divided by the length of each vector
 * (attention) has not.
 */
function averageOf(query: PreparedQuery): number | null {
  if (query.ranksByCosine) return query.cosine.constant;
  return query.isCosineScore ? null : directionScore(query.direction, 0, 1);
}

/**
 * Hits of a scan of full vectors, with what the scan did not keep. The score is computed as the scan computes it, to the bit: what
 * `minProbability` let through is told to have that probability.
 */
async function fullHits(
  search: CorpusSearch,
  query: PreparedQuery,
  candidates: readonly Candidate[],
  { segments, waitUntil }: SearchPlace,
): Promise<CorpusHit[]> {
  const hits = new Map<number, CorpusHit>();
  // Segment by segment: one that has left the memory since it was scanned is loaded again once, not once a hit.
  for (const [segment, found] of Map.groupBy(candidates, (candidate) => candidate.segment)) {
    const collect = (slot: number): void => {
      for (const candidate of found)
        hits.set(candidate.position, toFullHit(search, query, candidate, segments, slot));
    };
    await segments.use(search.manifest, segment, collect, waitUntil);
  }
  return candidates.flatMap(({ position }) => hits.get(position) ?? []);
}

function toFullHit(
  search: CorpusSearch,
  query: PreparedQuery,
  candidate: Candidate,
  { memory }: SegmentMemory,
  slot: number,
): CorpusHit {
  const { segment, index, value } = candidate;
  const shape = { count: segment.count, ...scannedShape(search.manifest) };
  const rows = memory.row(slot, shape, index);
  const [scale, factor] = [0, 1].map((column) =>
    memory.column(slot, shape, column).subarray(index, index + 1),
  );
  if (query.ranksByCosine) {
    const cosine = clampCosine(value + query.cosine.constant);
    return toHit(search, candidate, scannedScore(rows, scale, factor, query), cosine);
  }
  const cosine = dotRow(rows, 0, query.cosine.vector) * scale[0] + query.cosine.constant;
  return toHit(search, candidate, value, clampCosine(cosine));
}

/** Rescored candidates by what ranks them, without those that have become too improbable; then the others by score. */
function orderRescored(
  search: CorpusSearch,
  query: PreparedQuery,
  candidates: readonly Candidate[],
  rescored: ReadonlyMap<number, FullScore>,
): CorpusHit[] {
  const valueOf = ({ cosine, score }: FullScore): number => (query.ranksByCosine ? cosine : score);
  const first = candidates
    .flatMap((candidate) => {
      const full = rescored.get(candidate.position);
      return full === undefined || full.score < query.leastScore ? [] : [{ candidate, full }];
    })
    .sort((a, b) => valueOf(b.full) - valueOf(a.full) || a.candidate.position - b.candidate.position)
    .map(({ candidate, full }) => toHit(search, candidate, full.score, full.cosine));
  const rest = candidates
    .filter(({ position }) => !rescored.has(position))
    .map((candidate) =>
      toHit(search, candidate, query.isCosineScore ? clampCosine(candidate.value) : candidate.value, null),
    );
  return [...first, ...rest];
}

function toHit(
  { model, baseRate }: CorpusSearch,
  { position, segment, index }: Located,
  score: number,
  cosine: number | null,
): CorpusHit {
  return {
    position,
    segment,
    index,
    score,
    probability: probability(model.calibrator, score, baseRate),
    cosine,
  };
}
