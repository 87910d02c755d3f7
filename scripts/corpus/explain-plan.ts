import { ENGINE_TOP_K } from '../../src/format/corpus-engine.ts';
import { chunkCapacity } from '../../src/format/corpus-manifest.ts';
import type { Thumbnails } from '../../src/storage/publish-corpus.ts';
import type { IndexSummary } from './index-corpus.ts';
import { THUMBNAIL_SIDE } from './make-thumbnails.ts';

const MEBIBYTE = 2 ** 20;
const KIBIBYTE = 2 ** 10;
/** Chunks of full vectors that one search reads at most: MAX_FULL_READS of src/search. */
interface PlanCost {
  readonly dim: number;
  readonly budgetBytes: number;
  readonly maxFullReads: number;
}

/** What the thumbnails of a corpus cost, for a person; null where it has none. @param made those of this run */
export function explainThumbnails({ count, thumbnails }: IndexSummary, made: Thumbnails): string | null {
  if (thumbnails === 0) return null;
  const bytes = made.values().reduce((sum, { length }) => sum + length, 0);
  const size =
    made.size === 0
      ? ''
      : `; ${made.size} made: WebP of ${THUMBNAIL_SIDE} pixels, ${(bytes / made.size / KIBIBYTE).toFixed(1)} KiB each`;
  return `thumbnails: ${thumbnails} of ${count} vectors have one${size}; each is a KV value of its own, written once and read once a place and day when it is shown`;
}

/** The plan that a corpus got, why, and what a search costs under it, for a person. */
export function explainPlan(summary: IndexSummary, { dim, budgetBytes, maxFullReads }: PlanCost): string {
  const { count, bytesPerVector, memoryBytes, segments, plan, rerank, engine } = summary;
  if (engine !== 'isolate') {
    const most = Math.min(rerank, ENGINE_TOP_K[engine]);
    return `engine ${engine}: it finds candidates among ${count} vectors, the best ${most} of which are rescored by full vectors, at most ${Math.min(most, maxFullReads)} KV reads a search; an isolate keeps none of them`;
  }
  const size = `${count} vectors of ${bytesPerVector} bytes, ${(memoryBytes / MEBIBYTE).toFixed(1)} of the ${budgetBytes / MEBIBYTE} MiB that an isolate keeps`;
  const loads = `${segments} KV ${segments === 1 ? 'read' : 'reads'} by an isolate that is new to it`;
  if (plan === 'full') {
    return `plan full: ${size}; full vectors are scanned, nothing is re-ranked; ${loads}`;
  }
  const reads = Math.min(rerank, maxFullReads, Math.ceil(count / chunkCapacity(dim)));
  return `plan compact: ${size}; the selection's coordinates are scanned and the best ${rerank} rescored by full vectors, at most ${reads} KV reads a search; ${loads}`;
}
