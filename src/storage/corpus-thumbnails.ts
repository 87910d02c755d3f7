import { ITEMS_PER_PAGE, decodeItems } from '../format/corpus-items.ts';
import type { CorpusSegment } from '../format/corpus-manifest.ts';
import { isCorpusName, isThumbnailId, segmentKey, thumbnailKey } from '../format/kv-keys.ts';
import { openValue } from '../format/stored-value.ts';
import { type CorpusKv, type WritableCorpusKv, readBytes } from './corpus-kv.ts';
import { storageCall } from './kv-calls.ts';

/**
 * Ids of the thumbnails that the items of segments name. A segment that is gone names none: a publish that failed may have
 * deleted it.
 * @throws AppError STORAGE_FAILED when KV fails or items are corrupt
 */
export async function thumbnailsOf(kv: CorpusKv, segments: readonly CorpusSegment[]): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const { id, count } of segments) {
    for (let start = 0; start < count; start += ITEMS_PER_PAGE) {
      const key = segmentKey(id, `items:${start / ITEMS_PER_PAGE}`);
      const bytes = await readBytes(kv, key);
      if (bytes === null) continue;
      for (const { thumbnail } of decodeItems(
        openValue(bytes, key),
        Math.min(ITEMS_PER_PAGE, count - start),
      )) {
        if (thumbnail !== undefined) ids.add(thumbnail);
      }
    }
  }
  return ids;
}

/** @throws AppError STORAGE_FAILED when KV fails */
export async function deleteThumbnails(
  kv: WritableCorpusKv,
  corpus: string,
  ids: ReadonlySet<string>,
): Promise<void> {
  if (ids.size === 0) return;
  const keys = Array.from(ids, (id) => thumbnailKey(corpus, id));
  await storageCall('delete', () => kv.deleteMany(keys));
}

/** As much of a KVNamespace as reads a thumbnail. */
export interface ThumbnailKv {
  get(
    key: string,
    options: { readonly type: 'arrayBuffer'; readonly cacheTtl: number },
  ): Promise<ArrayBuffer | null>;
}

/** The bytes under an id never change: a location need not ask for them again all day. */
const CACHE_SECONDS = 86_400;

/**
 * The bytes of a thumbnail; null when there is none, also for text that cannot be a name or an id: KV is then not asked.
 * @throws AppError STORAGE_FAILED when KV fails or holds something else there
 */
export async function readThumbnail(
  kv: ThumbnailKv,
  corpus: string,
  id: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!isCorpusName(corpus) || !isThumbnailId(id)) return null;
  const key = thumbnailKey(corpus, id);
  const bytes = await storageCall('read', () =>
    kv.get(key, { type: 'arrayBuffer', cacheTtl: CACHE_SECONDS }),
  );
  return bytes === null ? null : openValue(new Uint8Array(bytes), key);
}
