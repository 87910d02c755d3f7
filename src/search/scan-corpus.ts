import { allowedVectors } from '../core/search/field-filter.ts';
import { type TopScores, createTopScores } from '../core/search/top-scores.ts';
import { AppError } from '../errors.ts';
import { type CorpusSegment, scannedShape } from '../format/corpus-manifest.ts';
import type { CorpusStore } from '../storage/corpus-store.ts';
import type { WaitUntil } from '../storage/shared-loads.ts';
import { takeTurns } from '../take-turns.ts';
import type { CorpusSearch } from './corpus-search.ts';
import { firstPositions } from './locate.ts';
import type { PreparedQuery } from './prepare-query.ts';
import { scanCompact, scanFull } from './scan-segment.ts';
import type { SegmentMemory } from './segment-memory.ts';

/** A Worker may have six connections open at once; the rest is left to the other work of a request. */
const MAX_CONCURRENT_LOADS = 4;

/** What a scan works with; an isolate's own. */
export interface ScanPlace {
  readonly store: CorpusStore;
  readonly segments: SegmentMemory;
  readonly waitUntil?: WaitUntil;
}

export interface Scan {
  readonly top: TopScores;
  /** Vectors compared: all that meet the filters, in the segments that could be loaded. */
  readonly scanned: number;
  readonly isComplete: boolean;
}

/**
 * Compares the query with every vector of the corpus. Segments at hand are scanned first, the others as they come in, several
 * loads at once. A segment that cannot be loaded leaves the scan incomplete.
 * @param capacity how many of the best are kept
 * @throws AppError STORAGE_FAILED when there are segments and none can be scanned
 */
export async function scanCorpus(
  search: CorpusSearch,
  query: PreparedQuery,
  capacity: number,
  { segments, store, waitUntil }: ScanPlace,
): Promise<Scan> {
  const { manifest, filters } = search;
  const { dim, columns } = scannedShape(manifest);
  const scan = manifest.plan === 'full' ? scanFull : scanCompact;
  const top = createTopScores(capacity);
  let scanned = 0;

  async function scanSegment(segment: CorpusSegment, first: number): Promise<void> {
    const { count } = segment;
    const allowed =
      filters.length === 0 ? null : allowedVectors(await store.fields(segment, waitUntil), filters, count);
    const met = allowed === null ? count : allowed.reduce((sum, isMet) => sum + isMet, 0);
    if (met === 0) return; // nothing to scan, nothing to load
    const offer = (slot: number): void => {
      scanned += met;
      const shape = { count, dim, columns };
      const ranked = scan(segments.memory, slot, shape, query, allowed);
      top.offerAll(ranked.values, count, first, ranked.allowed);
    };
    await segments.use(manifest, segment, offer, waitUntil);
  }

  const whenThereIsRoom = takeTurns(MAX_CONCURRENT_LOADS);
  const starts = firstPositions(manifest.segments);
  const outcomes = await Promise.allSettled(
    manifest.segments.map((segment, i) => {
      const work = (): Promise<void> => scanSegment(segment, starts[i]);
      return segments.holds(segment) ? work() : whenThereIsRoom(work);
    }),
  );
  const failures = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }) => reason as unknown);
  const bug = failures.find((failure) => !(failure instanceof AppError));
  if (bug !== undefined) throw bug;
  if (failures.length > 0 && failures.length === outcomes.length) throw failures[0];
  if (failures.length > 0)
    console.error(
      `Scanned ${outcomes.length - failures.length} of ${outcomes.length} segments:`,
      failures[0],
    );
  return { top, scanned, isComplete: failures.length === 0 };
}
