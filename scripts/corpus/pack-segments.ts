import { createHash } from 'node:crypto';
import type { CorpusRows } from '../../src/packing/corpus-rows.ts';
import * as packing from '../../src/packing/pack-segments.ts';
import type { PackedSegment } from '../../src/storage/publish-corpus.ts';

/** The rows as segments in order, each packed when it is asked for. @throws AppError LIMIT_EXCEEDED when one does not fit KV's values */
export function packSegments(rows: CorpusRows, of: packing.Packing): Generator<packing.PackedRows> {
  return packing.packSegments(rows, of, sha256);
}

/** What a segment of these values is called. */
export function segmentId(corpus: string, values: PackedSegment['values']): string {
  return packing.segmentId(corpus, values, sha256);
}

function sha256(parts: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
