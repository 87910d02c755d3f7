import type { ScanKernels } from '../core/search/kernels/scan-kernels.ts';
import { createScanMemory } from '../core/search/scan-memory.ts';
import { SEGMENT_BYTES, SLOT_BYTES } from '../format/corpus-manifest.ts';
import type { CorpusStore } from '../storage/corpus-store.ts';
import type { WaitUntil } from '../storage/shared-loads.ts';
import type { CorpusHits, CorpusSearch } from './corpus-search.ts';
import { searchCorpus } from './search-corpus.ts';
import { SegmentMemory } from './segment-memory.ts';

/** @throws AppError STORAGE_FAILED as `searchCorpus` */
export type CorpusSearcher = (search: CorpusSearch, waitUntil?: WaitUntil) => Promise<CorpusHits>;

/**
 * Search with the memory of one isolate: build it once at module scope.
 * @param budgetBytes of vectors that are kept, at least those of one segment
 * @param kernels null scans in plain TypeScript
 */
export function createCorpusSearcher(
  store: CorpusStore,
  budgetBytes: number,
  kernels: ScanKernels | null,
): CorpusSearcher {
  const slotCount = Math.max(1, Math.floor(budgetBytes / SLOT_BYTES));
  const memory = createScanMemory({ slotBytes: SEGMENT_BYTES, slotCount }, kernels);
  const segments = new SegmentMemory(memory, store);
  return (search, waitUntil) => {
    const place = waitUntil === undefined ? { store, segments } : { store, segments, waitUntil };
    return searchCorpus(search, place);
  };
}
