import type { ScanKernels } from '../core/search/kernels/scan-kernels.ts';
import { createScanMemory } from '../core/search/scan-memory.ts';
import { SEGMENT_BYTES, SLOT_BYTES } from '../format/corpus-manifest.ts';
import type { CorpusStore } from '../storage/corpus-store.ts';
import type { WaitUntil } from '../storage/shared-loads.ts';
import { AppError } from '../errors.ts';
import type { EngineSpec } from '../format/corpus-engine.ts';
import type { CorpusHits, CorpusSearch } from './corpus-search.ts';
import type { EngineReader } from './engine.ts';
import { searchCorpus } from './search-corpus.ts';
import { SegmentMemory } from './segment-memory.ts';

/** @throws AppError STORAGE_FAILED as `searchCorpus` */
export type CorpusSearcher = (search: CorpusSearch, waitUntil?: WaitUntil) => Promise<CorpusHits>;

/** @throws AppError STORAGE_FAILED when this deployment does not reach the engine */
export type OpenEngine = (spec: EngineSpec) => EngineReader;

function refuse({ kind }: EngineSpec): never {
  throw new AppError('STORAGE_FAILED', `The engine ${kind} is not reached from here.`, { retryable: false });
}

/**
 * Search with the memory of one isolate, taken when it is first scanned: build it once at module scope.
 * @param budgetBytes of vectors that are kept, at least those of one segment
 * @param kernels null scans in plain TypeScript
 * @param openEngine by itself there is none but the isolate
 */
export function createCorpusSearcher(
  store: CorpusStore,
  budgetBytes: number,
  kernels: () => ScanKernels | null,
  openEngine: OpenEngine = refuse,
): CorpusSearcher {
  let made: SegmentMemory | undefined;
  const memory = (): SegmentMemory => {
    const slotCount = Math.max(1, Math.floor(budgetBytes / SLOT_BYTES));
    return new SegmentMemory(createScanMemory({ slotBytes: SEGMENT_BYTES, slotCount }, kernels()), store);
  };
  return async (search, waitUntil) => {
    const { engine } = search.manifest;
    return searchCorpus(search, {
      store,
      get segments() {
        return (made ??= memory());
      },
      ...(engine === undefined ? {} : { engine: openEngine(engine) }),
      ...(waitUntil === undefined ? {} : { waitUntil }),
    });
  };
}
