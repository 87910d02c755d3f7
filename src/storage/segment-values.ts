import { AppError } from '../errors.ts';
import { type FieldColumn, decodeFields } from '../format/corpus-fields.ts';
import { type CorpusItem, ITEMS_PER_PAGE, decodeItems } from '../format/corpus-items.ts';
import {
  type CorpusManifest,
  type CorpusSegment,
  FULL_COLUMNS,
  chunkCapacity,
  scannedShape,
} from '../format/corpus-manifest.ts';
import { type PackedVectors, decodeVectors, readVectors } from '../format/corpus-vectors.ts';
import { type SegmentPart, segmentKey } from '../format/kv-keys.ts';
import { openParts, openValue } from '../format/stored-value.ts';
import { type CorpusKv, readBytes, readParts } from './corpus-kv.ts';

// Each of these reads one value of one segment and checks it against what the manifest says.
// All throw AppError STORAGE_FAILED when KV fails, the value is missing (a reader may see a manifest before its segments) or corrupt.

/**
 * The vectors that are scanned, handed on as they come in: a whole value at a time would be garbage of 4 MiB each.
 * @param onPayload as `readVectors`
 */
export async function readScannedVectors(
  kv: CorpusKv,
  manifest: CorpusManifest,
  { id, count }: CorpusSegment,
  onPayload: (part: Uint8Array, offset: number) => void,
): Promise<void> {
  const key = segmentKey(id, 'vectors');
  const parts = await readParts(kv, key);
  if (parts === null) throw missingPart(id, 'vectors');
  await readVectors(openParts(parts, key), { count, ...scannedShape(manifest) }, onPayload);
}

/** The vectors that plan `full` scans, taken apart. */
export async function readScannedFull(
  kv: CorpusKv,
  manifest: CorpusManifest,
  { id, count }: CorpusSegment,
): Promise<PackedVectors> {
  return decodeVectors(await readPart(kv, id, 'vectors'), { count, ...scannedShape(manifest) });
}

/** Columns for filters. */
export async function readFields(kv: CorpusKv, { id, count }: CorpusSegment): Promise<FieldColumn[]> {
  return decodeFields(await readPart(kv, id, 'fields'), count);
}

/** @param page from 0 */
export async function readItemPage(
  kv: CorpusKv,
  { id, count }: CorpusSegment,
  page: number,
): Promise<CorpusItem[]> {
  const expected = Math.min(ITEMS_PER_PAGE, count - page * ITEMS_PER_PAGE);
  return decodeItems(await readPart(kv, id, `items:${page}`), expected);
}

/** @param chunk from 0 */
export async function readFullChunk(
  kv: CorpusKv,
  dim: number,
  { id, count }: CorpusSegment,
  chunk: number,
): Promise<PackedVectors> {
  const capacity = chunkCapacity(dim);
  const expected = Math.min(capacity, count - chunk * capacity);
  const bytes = await readPart(kv, id, `full:${chunk}`);
  return decodeVectors(bytes, { count: expected, dim, columns: FULL_COLUMNS });
}

async function readPart(kv: CorpusKv, id: string, part: SegmentPart): Promise<Uint8Array> {
  const key = segmentKey(id, part);
  const bytes = await readBytes(kv, key);
  if (bytes !== null) return openValue(bytes, key);
  throw missingPart(id, part);
}

function missingPart(id: string, part: SegmentPart): AppError {
  return new AppError('STORAGE_FAILED', `Corpus segment ${id} has no ${part} here yet; try again`);
}
