import { MAX_VALUE_BYTES, nameKey, recordKey } from '../format/kv-keys.ts';
import { type NamePointer, MAX_HISTORY, encodeNamePointer } from '../format/name-pointer.ts';
import { decodeSelection, selectionId } from '../format/selection-record.ts';
import { AppError } from '../errors.ts';
import { listKeys, storageCall } from './kv-calls.ts';
import { type SelectionKv, readPointer, readRecord } from './selection-kv.ts';

/** What a name points at after a publish or rollback, and pointed at before. */
export interface NameSwitch {
  readonly name: string;
  readonly id: string;
  /** Id before the switch; null when the name is new. */
  readonly previous: string | null;
  /** False when the name already pointed at these bytes: nothing was switched. */
  readonly changed: boolean;
  /** Earlier publications that a rollback can still reach. */
  readonly earlier: number;
}

/**
 * Writes the record under its content hash, reads it back, then switches the name. Safe to repeat. Reading the name and
 * writing it is not atomic: of two at the same moment the later write wins (docs/kv-layout.md).
 * @param createdAt ISO 8601, UTC: the time of this publish
 * @throws AppError STORAGE_FAILED for bytes that are no record and when KV fails; LIMIT_EXCEEDED over 25 MiB;
 *   BAD_INPUT for what cannot be a name
 */
export async function publishSelection(
  kv: SelectionKv,
  name: string,
  bytes: Uint8Array,
  { createdAt }: { readonly createdAt: string },
): Promise<NameSwitch> {
  if (bytes.length > MAX_VALUE_BYTES) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `A selection of ${bytes.length} bytes; KV takes ${MAX_VALUE_BYTES} a value`,
    );
  }
  decodeSelection(bytes);
  const id = await selectionId(bytes);
  const pointer = await readPointer(kv, name);
  await storeRecord(kv, id, bytes, createdAt);
  if (pointer?.id === id) {
    return { name, id, previous: id, changed: false, earlier: pointer.previous.length };
  }
  const previous = pointer
    ? [{ id: pointer.id, publishedAt: pointer.publishedAt }, ...pointer.previous].slice(0, MAX_HISTORY)
    : [];
  await writePointer(kv, name, { id, publishedAt: createdAt, previous });
  return { name, id, previous: pointer?.id ?? null, changed: true, earlier: previous.length };
}

/**
 * Switches the name back to what it pointed at before; repeated, it goes further back. The record that the name leaves
 * stays stored, and publishing it again brings it back.
 * @throws AppError SELECTION_NOT_FOUND when the name does not exist; BAD_INPUT when there is nothing earlier;
 *   STORAGE_FAILED when KV fails or the earlier record is gone or corrupt: the name is then left as it is
 */
export async function rollbackSelection(kv: SelectionKv, name: string): Promise<NameSwitch> {
  const pointer = await readPointer(kv, name);
  if (pointer === null) throw new AppError('SELECTION_NOT_FOUND', `No selection is published as "${name}"`);
  const [target, ...previous] = pointer.previous;
  if (target === undefined) {
    throw new AppError('BAD_INPUT', `Nothing was published as "${name}" before the current ${pointer.id}`);
  }
  if ((await readRecord(kv, target.id)) === null) {
    throw new AppError('STORAGE_FAILED', `The earlier record ${target.id} of "${name}" is not in storage`);
  }
  await writePointer(kv, name, { ...target, previous });
  return { name, id: target.id, previous: pointer.id, changed: true, earlier: previous.length };
}

/** Leaves a record that is already there as it is, with its time. Asked by list: a failed get would be cached. */
async function storeRecord(kv: SelectionKv, id: string, bytes: Uint8Array, createdAt: string): Promise<void> {
  const key = recordKey(id);
  const isListed = (await listKeys(kv, key)).includes(key);
  if (isListed && (await isStored(kv, id))) return;
  await storageCall('write', () => kv.put(key, bytes, { metadata: { createdAt } }));
  if (!(await isStored(kv, id))) {
    throw new AppError(
      'STORAGE_FAILED',
      `Record ${id} does not read back as it was written; the name was not switched`,
    );
  }
}

/** A record that hashes to its id is these very bytes. A corrupt one counts as not stored: it is written anew. */
async function isStored(kv: SelectionKv, id: string): Promise<boolean> {
  const { value } = await storageCall('read', () =>
    kv.getWithMetadata(recordKey(id), { type: 'arrayBuffer' }),
  );
  return value !== null && (await selectionId(new Uint8Array(value))) === id;
}

async function writePointer(kv: SelectionKv, name: string, pointer: NamePointer): Promise<void> {
  await storageCall('write', () => kv.put(nameKey(name), encodeNamePointer(pointer)));
}
