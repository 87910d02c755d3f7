import { type CorpusItem, ITEMS_PER_PAGE } from '../../src/format/corpus-items.ts';
import {
  type CorpusManifest,
  type CorpusSegment,
  chunkCapacity,
  corpusCount,
} from '../../src/format/corpus-manifest.ts';
import type { CorpusKv } from '../../src/storage/corpus-kv.ts';
import { readFullChunk, readItemPage, readScannedFull } from '../../src/storage/segment-values.ts';
import type { PackedVectors } from '../../src/format/corpus-vectors.ts';
import type { Progress } from '../cli/progress.ts';
import { type CorpusRows, joinRows } from '../../src/packing/corpus-rows.ts';
import { type VectorCoding } from '../../src/core/search/vector-coding.ts';
import { manifestCoding } from '../../src/search/manifest-coding.ts';

/**
 * All vectors and items of a corpus, as its full rows.
 * @param done told of every segment read
 * @throws AppError STORAGE_FAILED when one cannot be read
 */
export async function readStoredRows(
  kv: CorpusKv,
  manifest: CorpusManifest,
  done: Progress['add'],
): Promise<CorpusRows> {
  const coding = manifestCoding(manifest);
  const parts: CorpusRows[] = [];
  for (const segment of manifest.segments) {
    const items = await readItems(kv, segment);
    const vectors = await readFullVectors(kv, manifest, segment);
    parts.push(joinRows(coding, withItems(coding, vectors, items)));
    done(segment.count);
  }
  const rows = joinRows(coding, parts);
  if (rows.items.length !== corpusCount(manifest))
    throw new Error('segments do not add up to their manifest');
  return rows;
}

async function readItems(kv: CorpusKv, segment: CorpusSegment): Promise<CorpusItem[]> {
  const items: CorpusItem[] = [];
  for (let page = 0; page * ITEMS_PER_PAGE < segment.count; page++) {
    items.push(...(await readItemPage(kv, segment, page)));
  }
  return items;
}

async function readFullVectors(
  kv: CorpusKv,
  manifest: CorpusManifest,
  segment: CorpusSegment,
): Promise<PackedVectors[]> {
  if (manifest.plan === 'full') return [await readScannedFull(kv, manifest, segment)];
  const chunks: PackedVectors[] = [];
  for (let chunk = 0; chunk * chunkCapacity(manifest.dim) < segment.count; chunk++) {
    chunks.push(await readFullChunk(kv, manifest.dim, segment, chunk));
  }
  return chunks;
}

function withItems(
  coding: VectorCoding,
  vectors: readonly PackedVectors[],
  items: readonly CorpusItem[],
): CorpusRows[] {
  let at = 0;
  return vectors.map(({ count, columns, rows }) => {
    at += count;
    return { coding, items: items.slice(at - count, at), scales: columns[0], rows };
  });
}
