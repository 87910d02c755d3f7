import { crc32 } from '../format/crc32.ts';
import {
  NAME_PREFIX,
  OLD_NAME_PREFIX,
  OWNED_NAME_PREFIX,
  isSelectionName,
  nameKey,
  oldNameKey,
  recordKey,
} from '../format/kv-keys.ts';
import { type NamePointer, decodeNamePointer, decodeOldNamePointer } from '../format/name-pointer.ts';
import { type SelectionRecord, decodeSelection, selectionId } from '../format/selection-record.ts';
import { AppError, quote, whatThereIs } from '../errors.ts';
import { type ListableKv, listNames, storageCall } from './kv-calls.ts';
import { type StoredOrDamaged, decodedOrDamaged } from './stored-or-damaged.ts';

/** Of a record: when its bytes were first published, ISO 8601, and the checksum of that with the id. */
export interface RecordMetadata {
  readonly createdAt: string;
  readonly check: string;
}

/** What the storage needs of a KVNamespace; `scripts/kv` gives the same over wrangler for a remote account. */
export interface SelectionKv extends ListableKv {
  get(key: string, options: { readonly type: 'arrayBuffer' }): Promise<ArrayBuffer | null>;
  getWithMetadata(
    key: string,
    options: { readonly type: 'arrayBuffer' },
  ): Promise<{ readonly value: ArrayBuffer | null; readonly metadata: unknown }>;
  put(key: string, value: string | Uint8Array, options?: { metadata?: RecordMetadata }): Promise<void>;
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
 * @throws AppError BAD_INPUT for what cannot be a name, STORAGE_FAILED when KV fails or the value is corrupt, or is only there as a
 *   version stored it whose values did not say what they are
 */
export async function readPointer(kv: SelectionKv, name: string): Promise<NamePointer | null> {
  return read(kv, name, (error) => error);
}

/** `readPointer` for commands: the error of a damaged name says how it is repaired. @throws as `readPointer` */
export async function readPointerToTell(kv: SelectionKv, name: string): Promise<NamePointer | null> {
  return read(kv, name, (error) => withRepair(error, name));
}

async function read(
  kv: SelectionKv,
  name: string,
  explain: (error: AppError) => AppError,
): Promise<NamePointer | null> {
  const bytes = await readBytes(kv, nameKey(name));
  if (bytes !== null) {
    const { value: pointer, damage } = decodedOrDamaged(() => decodeNamePointer(bytes, name));
    if (damage !== null) throw explain(damage);
    return pointer;
  }
  if ((await readBytes(kv, oldNameKey(name))) === null) return null;
  throw new AppError(
    'STORAGE_FAILED',
    `Selection "${name}" is stored as an earlier version did, which cannot be verified: migrate it with \`npm run -s doctor -- --storage --migrate\`, or publish it again`,
  );
}

/** `readPointerToTell` for whoever is about to change it: one of an earlier version is taken over. @throws as `readPointer` */
export async function readPointerToChange(kv: SelectionKv, name: string): Promise<NamePointer | null> {
  const { value: pointer, damage } = await readPointerToReplace(kv, name);
  if (damage !== null) throw withRepair(damage, name);
  return pointer;
}

/** `readPointerToChange` for whoever writes it anew: one that is damaged is no failure. @throws AppError as `readPointer`, but for that */
export async function readPointerToReplace(
  kv: SelectionKv,
  name: string,
): Promise<StoredOrDamaged<NamePointer>> {
  const bytes = await readBytes(kv, nameKey(name));
  if (bytes !== null) return decodedOrDamaged(() => decodeNamePointer(bytes, name));
  const old = await readBytes(kv, oldNameKey(name));
  if (old === null) return { value: null, damage: null };
  return decodedOrDamaged(() => decodeOldNamePointer(new TextDecoder().decode(old), name));
}

/** What an operator is to do about a name that cannot be read. */
export function repairOfName(name: string): string {
  return `Publish it again, its history is lost: npm run -s publish -- DIR --name ${name}`;
}

function withRepair(damage: AppError, name: string): AppError {
  return new AppError('STORAGE_FAILED', `${damage.message}. ${repairOfName(name)}`, { cause: damage });
}

/** The names that are published, ascending, whether they can be read or not. @throws AppError STORAGE_FAILED when KV does not list */
export async function publishedNames(kv: ListableKv): Promise<readonly string[]> {
  return (await listNames(kv, [NAME_PREFIX, OLD_NAME_PREFIX, OWNED_NAME_PREFIX])).filter(isSelectionName);
}

/**
 * The error of a name under which nothing is published, for whoever may list them.
 * @param advice a sentence more
 * @throws AppError as `publishedNames`
 */
export async function noSuchSelection(kv: ListableKv, name: string, advice = ''): Promise<AppError> {
  const others = whatThereIs(await publishedNames(kv));
  return new AppError(
    'SELECTION_NOT_FOUND',
    `No selection is published as ${quote(name)}. ${others}${advice}`,
  );
}

async function readBytes(kv: SelectionKv, key: string): Promise<Uint8Array | null> {
  const value = await storageCall('read', () => kv.get(key, { type: 'arrayBuffer' }));
  return value === null ? null : new Uint8Array(value);
}

/**
 * The record of an id; null when there is none. O(bytes): hashed and decoded.
 * @throws AppError STORAGE_FAILED when KV fails, the bytes do not hash to the id or do not decode, or the metadata is damaged
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
  return {
    id,
    record: decodeSelection(bytes),
    byteLength: bytes.length,
    createdAt: createdAtOf(id, metadata),
  };
}

/** What is written beside a record: its bytes hold no clock, so that equal records are equal. */
export function recordMetadata(id: string, createdAt: string): RecordMetadata {
  return { createdAt, check: checkOf(id, createdAt) };
}

export function isMetadataWhole(id: string, metadata: unknown): boolean {
  return isAbsent(metadata) || createdAtIn(id, metadata) !== null;
}

function createdAtOf(id: string, metadata: unknown): string | null {
  if (isAbsent(metadata)) return null;
  const createdAt = createdAtIn(id, metadata);
  if (createdAt !== null) return createdAt;
  throw new AppError('STORAGE_FAILED', `Corrupt metadata of selection record ${id}`);
}

/** Wrangler gives none. */
function isAbsent(metadata: unknown): boolean {
  return metadata === null || metadata === undefined;
}

/** Null when it is damaged. That of an earlier version had no check. */
function createdAtIn(id: string, metadata: unknown): string | null {
  if (
    typeof metadata === 'object' &&
    metadata !== null &&
    'createdAt' in metadata &&
    typeof metadata.createdAt === 'string'
  ) {
    const { createdAt } = metadata;
    const isWhole =
      'check' in metadata
        ? metadata.check === checkOf(id, createdAt)
        : Object.keys(metadata).length === 1 && Number.isFinite(Date.parse(createdAt));
    if (isWhole) return createdAt;
  }
  return null;
}

function checkOf(id: string, createdAt: string): string {
  return crc32(new TextEncoder().encode(`${id}\n${createdAt}`))
    .toString(16)
    .padStart(8, '0');
}
