import { MAX_VALUE_BYTES, nameKey, recordKey } from '../format/kv-keys.ts';
import {
  type NameEvent,
  type NamePointer,
  MAX_EVENTS,
  MAX_HISTORY,
  encodeNamePointer,
} from '../format/name-pointer.ts';
import { decodeSelection, selectionId } from '../format/selection-record.ts';
import { AppError, quote } from '../errors.ts';
import { listKeys, storageCall } from './kv-calls.ts';
import {
  type SelectionKv,
  readPointerToChange,
  readPointerToReplace,
  isMetadataWhole,
  readRecord,
  recordMetadata,
  noSuchSelection,
} from './selection-kv.ts';

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

/** When something is done to a name, ISO 8601, UTC, and who does it, for its history. */
export interface Act {
  readonly createdAt: string;
  readonly by?: string;
}

/**
 * Writes the record under its content hash, reads it back, then switches the name. Safe to repeat. Reading the name and
 * writing it is not atomic: hold the lock of scripts/kv/publish-lock.ts meanwhile. A name that is damaged is made anew, without what it
 * remembered.
 * @param onDamaged told why a name cannot be read, once it is replaced
 * @throws AppError STORAGE_FAILED for bytes that are no record and when KV fails; LIMIT_EXCEEDED over 25 MiB;
 *   BAD_INPUT for what cannot be a name, and while a canary runs
 */
export async function publishSelection(
  kv: SelectionKv,
  name: string,
  bytes: Uint8Array,
  act: Act,
  onDamaged: (damage: AppError) => void = () => undefined,
): Promise<NameSwitch> {
  const id = await checkedId(bytes);
  const { value: pointer, damage } = await readPointerToReplace(kv, name);
  // The current record may be written anew meanwhile: it may be damaged.
  if (pointer !== null && pointer.id !== id) refuseDuringCanary(name, pointer);
  await storeRecord(kv, id, bytes, act.createdAt);
  if (pointer?.id === id) {
    await migrateIfOld(kv, name, pointer);
    return { name, id, previous: id, changed: false, earlier: pointer.previous.length };
  }
  const next = switched(pointer, id, { ...act, action: 'publish' });
  await writePointer(kv, name, next);
  if (damage !== null) onDamaged(damage);
  return { name, id, previous: pointer?.id ?? null, changed: true, earlier: next.previous.length };
}

/** The pointer after a switch to the record: what was current goes in front of the earlier ones. */
export function switched(
  pointer: NamePointer | null,
  id: string,
  { action, createdAt, by = '' }: Act & { readonly action: NameEvent['action'] },
): NamePointer {
  const previous = pointer
    ? [{ id: pointer.id, publishedAt: pointer.publishedAt }, ...pointer.previous].slice(0, MAX_HISTORY)
    : [];
  return {
    id,
    publishedAt: createdAt,
    previous,
    canary: null,
    events: withEvent(pointer, { action, id, at: createdAt, by }),
  };
}

/** The latest first; the oldest drop off. */
export function withEvent(pointer: NamePointer | null, event: NameEvent): NameEvent[] {
  return [event, ...(pointer?.events ?? [])].slice(0, MAX_EVENTS);
}

/** @returns the id of a record's bytes @throws AppError LIMIT_EXCEEDED, STORAGE_FAILED when they are no record */
export async function checkedId(bytes: Uint8Array): Promise<string> {
  if (bytes.length > MAX_VALUE_BYTES) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `A selection of ${bytes.length} bytes; KV takes ${MAX_VALUE_BYTES} a value`,
    );
  }
  decodeSelection(bytes);
  return selectionId(bytes);
}

/** What is current would be a guess. @throws AppError BAD_INPUT */
export function refuseDuringCanary(name: string, { canary }: NamePointer): void {
  if (canary === null) return;
  throw new AppError(
    'BAD_INPUT',
    `Record ${canary.id} has ${canary.share} percent of "${name}" as a canary: end that first, with publish --promote or --abort`,
  );
}

/** Rewrites the pointer of an earlier version in the present form. @returns whether it was one */
export async function migrateName(kv: SelectionKv, name: string, act: Act): Promise<boolean> {
  const pointer = await readPointerToChange(kv, name);
  if (pointer === null || !(await isOldOnly(kv, name))) return false;
  await assertReadable(kv, name, pointer.id);
  const event = { action: 'migrate', id: pointer.id, at: act.createdAt, by: act.by ?? '' } as const;
  await writePointer(kv, name, { ...pointer, events: withEvent(pointer, event) });
  return true;
}

async function migrateIfOld(kv: SelectionKv, name: string, pointer: NamePointer): Promise<void> {
  if (await isOldOnly(kv, name)) await writePointer(kv, name, pointer);
}

async function isOldOnly(kv: SelectionKv, name: string): Promise<boolean> {
  return (await storageCall('read', () => kv.get(nameKey(name), { type: 'arrayBuffer' }))) === null;
}

/**
 * Switches the name back to what it pointed at before; repeated, it goes further back. The record that the name leaves
 * stays stored, and publishing it again brings it back.
 * @param to record in the name's history to switch to, by id or its first digits; by itself the one before
 * @throws AppError SELECTION_NOT_FOUND when the name does not exist; BAD_INPUT when there is nothing earlier, `to` is not in the
 *   history or a canary runs; STORAGE_FAILED when KV fails or the earlier record is gone or corrupt: the name is then left as it is
 */
export async function rollbackSelection(
  kv: SelectionKv,
  name: string,
  act: Act,
  to?: string,
): Promise<NameSwitch> {
  const pointer = await readPointerToChange(kv, name);
  if (pointer === null) throw await noSuchSelection(kv, name);
  refuseDuringCanary(name, pointer);
  const target = to === undefined ? (pointer.previous[0] ?? null) : findEntry(name, pointer, to);
  if (target === null) {
    throw new AppError('BAD_INPUT', `Nothing was published as "${name}" before the current ${pointer.id}`);
  }
  if (target.id === pointer.id) {
    return { name, id: pointer.id, previous: pointer.id, changed: false, earlier: pointer.previous.length };
  }
  await assertReadable(kv, name, target.id);
  const place = pointer.previous.findIndex(({ id }) => id === target.id);
  const rollback = { ...act, action: 'rollback' } as const;
  const forward = switched(pointer, target.id, rollback);
  // One that a rollback had left behind is gone forward to: what is current becomes an earlier one.
  const next =
    place === -1
      ? forward
      : { ...forward, ...pointer.previous[place], previous: pointer.previous.slice(place + 1) };
  await writePointer(kv, name, next);
  return { name, id: target.id, previous: pointer.id, changed: true, earlier: next.previous.length };
}

const ID_START = /^[0-9a-f]{8,64}$/;

/** @throws AppError BAD_INPUT when no entry, or more than one record, begins so */
function findEntry(name: string, pointer: NamePointer, to: string): { readonly id: string } {
  if (!ID_START.test(to)) {
    throw new AppError(
      'BAD_INPUT',
      `Expected the id of a record, or its first 8 hexadecimal digits or more, got ${quote(to)}`,
    );
  }
  const known = [pointer, ...pointer.previous, ...pointer.events].map(({ id }) => id);
  const found = [...new Set(known)].filter((id) => id.startsWith(to));
  if (found.length === 1) return { id: found[0] };
  const why = found.length === 0 ? 'is not in the history' : 'begins several records in the history';
  throw new AppError('BAD_INPUT', `${to} ${why} of "${name}": see npm run -s history -- --name ${name}`);
}

/** @throws AppError STORAGE_FAILED when the record cannot be read */
export async function assertReadable(kv: SelectionKv, name: string, id: string): Promise<void> {
  if ((await readRecord(kv, id)) !== null) return;
  throw new AppError('STORAGE_FAILED', `The record ${id} of "${name}" is not in storage`);
}

/** Leaves a record that is already there as it is, with its time. Asked by list: a failed get would be cached. */
export async function storeRecord(
  kv: SelectionKv,
  id: string,
  bytes: Uint8Array,
  createdAt: string,
): Promise<void> {
  const key = recordKey(id);
  const isListed = (await listKeys(kv, key)).includes(key);
  if (isListed && (await isStored(kv, id))) return;
  await storageCall('write', () => kv.put(key, bytes, { metadata: recordMetadata(id, createdAt) }));
  if (!(await isStored(kv, id))) {
    throw new AppError(
      'STORAGE_FAILED',
      `Record ${id} does not read back as it was written; the name was not switched`,
    );
  }
}

/** A record that hashes to its id is these very bytes. A corrupt one counts as not stored: it is written anew. */
async function isStored(kv: SelectionKv, id: string): Promise<boolean> {
  const { value, metadata } = await storageCall('read', () =>
    kv.getWithMetadata(recordKey(id), { type: 'arrayBuffer' }),
  );
  return value !== null && (await selectionId(new Uint8Array(value))) === id && isMetadataWhole(id, metadata);
}

export async function writePointer(kv: SelectionKv, name: string, pointer: NamePointer): Promise<void> {
  await storageCall('write', () => kv.put(nameKey(name), encodeNamePointer(pointer, name)));
}
