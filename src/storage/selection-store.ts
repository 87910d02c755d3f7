import { isSelectionName } from '../format/kv-keys.ts';
import type { NamePointer } from '../format/name-pointer.ts';
import type { SelectionRecord } from '../format/selection-record.ts';
import { AppError } from '../errors.ts';
import { recordFor } from './canary-share.ts';
import { RecordCache } from './record-cache.ts';
import { type OnLeftOut, listReadable } from './list-readable.ts';
import { type SelectionKv, type StoredRecord, publishedNames, readPointer } from './selection-kv.ts';
import type { WaitUntil } from './shared-loads.ts';
import { StaleCache } from './stale-cache.ts';

/** A record under the name it was read by. Times are ISO 8601, UTC. */
export interface PublishedSelection {
  readonly id: string;
  readonly name: string;
  /** First publish of the record's bytes. */
  readonly createdAt: string;
  /** When the name was switched to the record. */
  readonly publishedAt: string;
  /** While a canary of the name runs, whether this is its record; null when none runs. */
  readonly isCanary: boolean | null;
  readonly record: SelectionRecord;
}

export interface SelectionStore {
  /**
   * The selection that the name points at; null when there is none (also for text that cannot be a name).
   * `waitUntil` keeps a background refresh alive after the response. `caller`, by key or address, may be one that a canary is for;
   * without, the current record.
   * @throws AppError STORAGE_FAILED when KV fails or holds corrupt bytes, and no earlier record is at hand
   */
  read(name: string, waitUntil?: WaitUntil, caller?: string): Promise<PublishedSelection | null>;
  /**
   * Every published selection that can be read, by name ascending; the others are logged and told.
   * @throws AppError STORAGE_FAILED when KV does not list, or when there are names and none can be read
   */
  list(waitUntil?: WaitUntil, caller?: string, onLeftOut?: OnLeftOut): Promise<PublishedSelection[]>;
  /**
   * The names that are published, ascending, whether they can be read or not.
   * @throws AppError STORAGE_FAILED when KV does not list
   */
  names(waitUntil?: WaitUntil): Promise<readonly string[]>;
  /**
   * The record of an id, whatever name points at it; null when there is none.
   * @throws AppError STORAGE_FAILED when KV fails or the record is corrupt
   */
  record(id: string): Promise<SelectionRecord | null>;
}

interface Options {
  readonly ttlSeconds?: number;
  /** Milliseconds since 1970, as Date.now. */
  readonly now?: () => number;
}

/** How long an isolate answers from what it has before it asks KV again, in the background. */
const TTL_SECONDS = 10;
const MAX_NAMES = 256;
const MAX_RECORD_BYTES = 32 * 1024 * 1024;

/** The read side of docs/kv-layout.md, with the cache of one isolate: build it once at module scope. */
export function createSelectionStore(kv: SelectionKv, options: Options = {}): SelectionStore {
  const { ttlSeconds = TTL_SECONDS, now = Date.now } = options;
  const ttlMs = ttlSeconds * 1000;
  const pointers = new StaleCache<NamePointer>({ ttlMs, maxKeys: MAX_NAMES, now });
  const listing = new StaleCache<readonly string[]>({ ttlMs, maxKeys: 1, now });
  const records = new RecordCache(kv, MAX_RECORD_BYTES);

  async function readRecordOf(name: string, id: string): Promise<StoredRecord> {
    const stored = await records.read(id);
    if (stored) return stored;
    throw new AppError(
      'STORAGE_FAILED',
      `Selection "${name}" points at record ${id}, which is not here yet; try again`,
    );
  }

  /** A new pointer counts only once its record is at hand; until then the old one goes on serving. */
  async function loadPointer(name: string): Promise<NamePointer | null> {
    const pointer = await readPointer(kv, name);
    if (pointer === null) return null;
    await readRecordOf(name, pointer.id);
    return { ...pointer, canary: await readableCanary(name, pointer) };
  }

  /** A canary whose record cannot be read must fail nobody: the current record answers all. */
  async function readableCanary(name: string, { canary }: NamePointer): Promise<NamePointer['canary']> {
    try {
      if (canary !== null) await readRecordOf(name, canary.id);
      return canary;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      console.error(`Left the canary of selection "${name}" out:`, error);
      return null;
    }
  }

  async function read(
    name: string,
    waitUntil?: WaitUntil,
    caller?: string,
  ): Promise<PublishedSelection | null> {
    if (!isSelectionName(name)) return null;
    const pointer = await pointers.get(name, () => loadPointer(name), waitUntil);
    if (pointer === null) return null;
    const { id, publishedAt, isCanary } = recordFor(pointer, caller);
    const { record, createdAt } = await readRecordOf(name, id);
    return { id, name, createdAt: createdAt ?? publishedAt, publishedAt, isCanary, record };
  }

  async function names(waitUntil?: WaitUntil): Promise<readonly string[]> {
    return (await listing.get('names', () => publishedNames(kv), waitUntil)) ?? [];
  }

  async function list(
    waitUntil?: WaitUntil,
    caller?: string,
    onLeftOut?: OnLeftOut,
  ): Promise<PublishedSelection[]> {
    const published = await names(waitUntil);
    return listReadable('selection', published, (name) => read(name, waitUntil, caller), onLeftOut);
  }

  return { read, list, names, record: async (id) => (await records.read(id))?.record ?? null };
}
