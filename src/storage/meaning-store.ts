import {
  type CoordinateMeanings,
  assertMeaningsOf,
  decodeMeanings,
  encodeMeanings,
} from '../format/coordinate-meanings.ts';
import { meaningsKey } from '../format/kv-keys.ts';
import { storageCall } from './kv-calls.ts';
import type { SelectionKv } from './selection-kv.ts';
import type { WaitUntil } from './shared-loads.ts';
import { StaleCache } from './stale-cache.ts';

export interface MeaningStore {
  /**
   * What the coordinates of a record stand for; null where that is not published.
   * @param k coordinates that the record keeps
   * @throws AppError STORAGE_FAILED when KV fails, or what it holds is corrupt or of another record
   */
  read(id: string, k: number, waitUntil?: WaitUntil): Promise<CoordinateMeanings | null>;
}

/** What is published under an id may be added later, to a record that had none. */
const TTL_MS = 60_000;
/** A few hundred kilobytes each. */
const MAX_RECORDS = 8;

/** The meanings in KV, as an isolate keeps them. */
export function createMeaningStore(kv: Pick<SelectionKv, 'get'>): MeaningStore {
  const cache = new StaleCache<CoordinateMeanings>({ ttlMs: TTL_MS, maxKeys: MAX_RECORDS, now: Date.now });
  return {
    read: (id, k, waitUntil) =>
      cache.get(
        id,
        async () => {
          const bytes = await storageCall('read', () => kv.get(meaningsKey(id), { type: 'arrayBuffer' }));
          if (bytes === null) return null;
          const meanings = decodeMeanings(new Uint8Array(bytes), id);
          assertMeaningsOf(meanings, k);
          return meanings;
        },
        waitUntil,
      ),
  };
}

/** Writes what a record's coordinates stand for, which is there before a name points at the record. @throws AppError STORAGE_FAILED */
export async function storeMeanings(
  kv: Pick<SelectionKv, 'put'>,
  id: string,
  meanings: CoordinateMeanings,
): Promise<void> {
  await storageCall('write', () => kv.put(meaningsKey(id), encodeMeanings(id, meanings)));
}
