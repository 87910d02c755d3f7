import { recordKey, nameKey } from '../format/kv-keys.ts';
import { type NamePointer, decodeNamePointer } from '../format/name-pointer.ts';
import { type SelectionRecord, decodeSelection, selectionId } from '../format/selection-record.ts';
import { AppError } from '../errors.ts';
import { type ListableKv, storageCall } from './kv-calls.ts';

/** What the storage needs of a KVNamespace; `scripts/kv` gives the same over wrangler for a remote account. */
export interface SelectionKv extends ListableKv {
  get(key: string, options: { readonly type: 'text' }): Promise<string | null>;
  getWithMetadata(
    key: string,
    options: { readonly type: 'arrayBuffer' },
  ): Promise<{ readonly value: ArrayBuffer | null; readonly metadata: unknown }>;
  put(key: string, value: string | Uint8Array, options?: { metadata?: { createdAt: string } }): Promise<void>;
}

export interface StoredRecord {
  readonly id: string;
  readonly record: SelectionRecord;
  /** Length of the stored bytes. */
  readonly byteLength: number;
  /** ISO 8601, or null when the record was written without it. */
  readonly createdAt: string | null;
}

// Both reads use KV's default cache time (60 s). A longer one for the immutable records would also keep "not found"
// longer at a location that sees a name before its record.

/**
 * The pointer of a name; null when there is no such name.
 * @throws AppError BAD_INPUT for what cannot be a name, STORAGE_FAILED when KV fails or the value is corrupt
 */
export async function readPointer(kv: SelectionKv, name: string): Promise<NamePointer | null> {
  const key = nameKey(name);
  const text = await storageCall('read', () => kv.get(key, { type: 'text' }));
  return text === null ? null : decodeNamePointer(text, name);
}

/**
 * The record of an id; null when there is none. O(bytes): hashed and decoded.
 * @throws AppError STORAGE_FAILED when KV fails, the bytes do not hash to the id or do not decode
 */
export async function readRecord(kv: SelectionKv, id: string): Promise<StoredRecord | null> {
  const key = recordKey(id);
  const { value, metadata } = await storageCall('read', () =>
    kv.getWithMetadata(key, { type: 'arrayBuffer' }),
  );
  if (value === null) return null;
  const bytes = new Uint8Array(value);
  const actual = await selectionId(bytes);
  if (actual !== id) {
    throw new AppError('STORAGE_FAILED', `Corrupt selection record: content hash ${actual}, expected ${id}`);
  }
  return { id, record: decodeSelection(bytes), byteLength: bytes.length, createdAt: createdAtOf(metadata) };
}

function createdAtOf(metadata: unknown): string | null {
  if (typeof metadata !== 'object' || metadata === null || !('createdAt' in metadata)) return null;
  return typeof metadata.createdAt === 'string' && Number.isFinite(Date.parse(metadata.createdAt))
    ? metadata.createdAt
    : null;
}
