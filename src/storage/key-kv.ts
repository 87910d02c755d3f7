import { isAccessKeyId } from '../format/access-key.ts';
import { type KeyRecord, decodeKeyRecord, encodeKeyRecord } from '../format/key-record.ts';
import { ACCESS_KEY_PREFIX, accessKeyKey } from '../format/kv-keys.ts';
import { type ListableKv, listKeys, storageCall } from './kv-calls.ts';
import { type StoredOrDamaged, decodedOrDamaged } from './stored-or-damaged.ts';

/** What reading keys needs of the namespace SELECTIONS, which holds them beside the selections. */
export interface ReadableKeyKv {
  get(
    key: string,
    options: { readonly type: 'arrayBuffer'; readonly cacheTtl?: number },
  ): Promise<ArrayBuffer | null>;
}

export interface WritableKeyKv extends ReadableKeyKv, ListableKv {
  put(key: string, value: Uint8Array): Promise<void>;
  deleteMany(keys: readonly string[]): Promise<void>;
}

/** Seconds that a place keeps a value that it has read: the least that KV takes. */
export const KEY_CACHE_TTL_SECONDS = 30;

/**
 * The record of a key; null when there is none.
 * @throws AppError STORAGE_FAILED when KV fails, or holds something else there
 */
export async function readKeyRecord(kv: ReadableKeyKv, id: string): Promise<KeyRecord | null> {
  const options = { type: 'arrayBuffer', cacheTtl: KEY_CACHE_TTL_SECONDS } as const;
  const value = await storageCall('read', () => kv.get(accessKeyKey(id), options));
  return value === null ? null : decodeKeyRecord(new Uint8Array(value), id);
}

/** `readKeyRecord` for whoever takes the key away: one that is damaged is no failure. @throws AppError STORAGE_FAILED when KV fails */
export async function readKeyToRevoke(kv: ReadableKeyKv, id: string): Promise<StoredOrDamaged<KeyRecord>> {
  const value = await storageCall('read', () => kv.get(accessKeyKey(id), { type: 'arrayBuffer' }));
  if (value === null) return { value: null, damage: null };
  return decodedOrDamaged(() => decodeKeyRecord(new Uint8Array(value), id));
}

/** @throws AppError STORAGE_FAILED */
export async function deleteKeyRecord(kv: WritableKeyKv, id: string): Promise<void> {
  await storageCall('delete', () => kv.deleteMany([accessKeyKey(id)]));
}

/** @throws AppError STORAGE_FAILED */
export async function writeKeyRecord(kv: WritableKeyKv, record: KeyRecord): Promise<void> {
  await storageCall('write', () => kv.put(accessKeyKey(record.id), encodeKeyRecord(record)));
}

/** Ids of all keys, ascending. @throws AppError STORAGE_FAILED */
export async function listKeyIds(kv: ListableKv): Promise<string[]> {
  const keys = await listKeys(kv, ACCESS_KEY_PREFIX);
  return keys.map((key) => key.slice(ACCESS_KEY_PREFIX.length)).filter(isAccessKeyId);
}
