import { allowedVectors } from '../core/search/field-filter.ts';
import { AppError } from '../errors.ts';
import { type CorpusSegment, corpusCount } from '../format/corpus-manifest.ts';
import { parseEngineRowId, segmentPrefix } from '../format/corpus-engine.ts';
import type { CorpusSearch } from './corpus-search.ts';
import type { EngineAnswer, EngineReader } from './engine.ts';
import { type Located, firstPositions, locate } from './locate.ts';
import type { PreparedQuery } from './prepare-query.ts';
import { type ScanPlace, scanCorpus } from './scan-corpus.ts';

/** A vector that was found, with the value it was ranked by. */
export interface Candidate extends Located {
  readonly value: number;
}

/** Best first; ties by position. */
export interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly isComplete: boolean;
  /** Vectors compared: all that meet the filters, those that are too improbable too. */
  readonly scanned: number;
  /** Whether `scanned` is all of them: an engine that stopped at the best, or does not show all, brought so many and may have more. */
  readonly isCounted: boolean;
}

/** What the isolate's own scan finds. @throws AppError STORAGE_FAILED as `scanCorpus` */
export async function scannedCandidates(
  search: CorpusSearch,
  query: PreparedQuery,
  capacity: number,
  place: ScanPlace,
): Promise<Candidates> {
  const { top, scanned, isComplete } = await scanCorpus(search, query, capacity, place);
  const { positions, scores } = top.sorted();
  const candidates = positions.map((position, i) => ({
    ...locate(search.manifest.segments, position),
    value: scores[i],
  }));
  return { candidates, isComplete, scanned, isCounted: true };
}

/**
 * What an engine finds. Rows of segments that the manifest does not name, and those that are too improbable, are left out.
 * @throws AppError STORAGE_FAILED when it does not answer
 */
export async function engineCandidates(
  { manifest, filters }: CorpusSearch,
  query: PreparedQuery,
  capacity: number,
  engine: EngineReader,
  { store, waitUntil }: Pick<ScanPlace, 'store' | 'waitUntil'>,
): Promise<Candidates> {
  const { segments, retired } = manifest;
  const starts = firstPositions(segments);
  const named = new Map(
    segments.map((segment, i) => [segmentPrefix(segment), { segment, first: starts[i] }]),
  );
  const answer = await ask(engine, manifest.engine?.kind, {
    vector: Float32Array.from(query.vector),
    topK: capacity,
    filters,
    segments: [...named.keys()],
    retired: retired.map(segmentPrefix),
  });
  const placed = answer.candidates.flatMap(({ id, score }) => {
    const place = placeOf(id, named);
    return place === null ? [] : [{ ...place, value: score + query.bias }];
  });
  const met =
    answer.isFiltered === false
      ? await thatMeet(filters, placed, (segment) => store.fields(segment, waitUntil))
      : placed;
  const candidates = met.filter(({ value }) => value >= query.leastScore);
  candidates.sort((a, b) => b.value - a.value || a.position - b.position);
  const count = corpusCount(manifest);
  // Without a filter every vector is a candidate: an engine that brings fewer has lost rows, or looked past them.
  const isEnough = filters.length > 0 || placed.length >= Math.min(capacity, count);
  const isComplete = answer.isComplete && isEnough;
  if (filters.length === 0 && isComplete) return { candidates, isComplete, scanned: count, isCounted: true };
  const isAll = isComplete && answer.candidates.length < capacity;
  return { candidates, isComplete, scanned: met.length, isCounted: isAll };
}

/** Those that meet all filters, by the fields in KV. */
async function thatMeet(
  filters: CorpusSearch['filters'],
  candidates: readonly Candidate[],
  fieldsOf: (segment: CorpusSegment) => ReturnType<ScanPlace['store']['fields']>,
): Promise<Candidate[]> {
  const allowed = new Map<CorpusSegment, Uint8Array>();
  for (const { segment } of candidates) {
    if (allowed.has(segment)) continue;
    allowed.set(segment, allowedVectors(await fieldsOf(segment), filters, segment.count));
  }
  return candidates.filter(({ segment, index }) => allowed.get(segment)?.[index] === 1);
}

async function ask(
  engine: EngineReader,
  kind: string | undefined,
  query: Parameters<EngineReader['query']>[0],
): Promise<EngineAnswer> {
  try {
    return await engine.query(query);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    // What an engine says of itself may name hosts and users: it is for the log.
    console.error(`The engine ${kind} failed:`, cause);
    throw new AppError('STORAGE_FAILED', `The engine ${kind} of the corpus did not answer; try again.`, {
      cause,
    });
  }
}

function placeOf(
  id: string,
  named: ReadonlyMap<string, { readonly segment: CorpusSegment; readonly first: number }>,
): Located | null {
  const parsed = parseEngineRowId(id);
  const known = parsed === null ? undefined : named.get(parsed.prefix);
  if (parsed === null || known === undefined || parsed.index >= known.segment.count) return null;
  return { position: known.first + parsed.index, segment: known.segment, index: parsed.index };
}
