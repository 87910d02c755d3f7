import type { ScanKernels } from '../../src/core/search/kernels/scan-kernels.ts';
import { createScanMemory } from '../../src/core/search/scan-memory.ts';
import type { SelectionModel } from '../../src/core/scoring/selection-model.ts';
import { SEGMENT_BYTES } from '../../src/format/corpus-manifest.ts';
import type { CorpusSearch } from '../../src/search/corpus-search.ts';
import type { SearchPlace } from '../../src/search/search-corpus.ts';
import { SegmentMemory } from '../../src/search/segment-memory.ts';
import type { CorpusKv } from '../../src/storage/corpus-kv.ts';
import { createCorpusStore } from '../../src/storage/corpus-store.ts';
import { loadScanKernels } from '../../scripts/search/scan-kernels.ts';
import type { MadeCorpus } from './made-corpus.ts';

/** A place to search as an isolate has it, with room for `slotCount` segments. @param kernels null scans in plain TypeScript */
export function openIsolate(
  kv: CorpusKv,
  slotCount = 4,
  kernels: ScanKernels | null = loadScanKernels(),
): SearchPlace {
  const store = createCorpusStore(kv);
  const memory = createScanMemory({ slotBytes: SEGMENT_BYTES, slotCount }, kernels);
  return { store, segments: new SegmentMemory(memory, store) };
}

/** The ten best for a text, unless told otherwise. */
export function searchOf(
  { manifest }: Pick<MadeCorpus, 'manifest'>,
  model: SelectionModel,
  embedding: Float32Array,
  changes: Partial<CorpusSearch> = {},
): CorpusSearch {
  return {
    manifest,
    model,
    embedding,
    modality: 'text',
    baseRate: undefined,
    minProbability: null,
    filters: [],
    depth: 10,
    rerank: manifest.rerank,
    ...changes,
  };
}
