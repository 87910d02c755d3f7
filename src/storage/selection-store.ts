import { NAME_PREFIX, OLD_NAME_PREFIX, OWNED_NAME_PREFIX, isSelectionName } from '../format/kv-keys.ts';
import type { NamePointer } from '../format/name-pointer.ts';
import type { SelectionRecord } from '../format/selection-record.ts';
import { AppError } from '../errors.ts';
import { recordFor } from './canary-share.ts';
import { type Readable, listReadable } from './list-readable.ts';
import { type NameList, createNameList } from './name-list.ts';
import { RecordCache } from './record-cache.ts';
import { type RecordSummary, summaryBytes, summaryOf } from './record-summary.ts';
import { type SelectionKv, type StoredRecord, readPointer } from './selection-kv.ts';
import type { WaitUntil } from './shared-loads.ts';
import { SizedCache } from './sized-cache.ts';
import { StaleCache } from './stale-cache.ts';

/** What a name points at. Times are ISO 8601, UTC. */
interface Published {
  readonly id: string;
  readonly name: string;
  /** First publish of the record's bytes. */
  readonly createdAt: string;
  /** When the name was switched to the record. */
  readonly publishedAt: string;
  /** While a canary of the name runs, whether this is its record; null when none runs. */
  readonly isCanary: boolean | null;
}

/** A record under the name it was read by. */
export interface PublishedSelection extends Published {
  readonly record: SelectionRecord;
}

/** The same without what only scoring needs. */
export interface ListedSelection extends Published {
  readonly summary: RecordSummary;
}

export interface SelectionStore extends NameList {
  /**
   * The selection that the name points at; null when there is none (also for text that cannot be a name).
   * `waitUntil` keeps a background refresh alive after the response. `caller`, by key or address, may be one that a canary is for;
   * without, the current record.
   * @throws AppError STORAGE_FAILED when KV fails or holds corrupt bytes, and no earlier record is at hand
   */
  read(name: string, waitUntil?: WaitUntil, caller?: string): Promise<PublishedSelection | null>;
  /** The same where this isolate has it, and need not ask for it again; null where it must be read. */
  atHand(name: string, caller?: string): PublishedSelection | null;
  /**
   * What is published under the names, in their order, as far as it can be read; the others are logged and told, and a name that is gone
   * is in neither list.
   */
  list(names: readonly string[], waitUntil?: WaitUntil, caller?: string): Promise<Readable<ListedSelection>>;
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

/** Of a record, what lists tell; `createdAt` as in StoredRecord. */
interface ListedRecord {
  readonly summary: RecordSummary;
  readonly createdAt: string | null;
}

/** How long an isolate answers from what it has before it asks KV again, in the background. */
const TTL_SECONDS = 10;
const MAX_NAMES = 256;
const MAX_RECORD_BYTES = 32 * 1024 * 1024;
/** Over a hundred selections as lists tell them. */
const MAX_SUMMARY_BYTES = 4 * 1024 * 1024;

/** The read side of docs/kv-layout.md, with the cache of one isolate: build it once at module scope. */
export function createSelectionStore(kv: SelectionKv, options: Options = {}): SelectionStore {
  const { ttlSeconds = TTL_SECONDS, now = Date.now } = options;
  const ttlMs = ttlSeconds * 1000;
  const pointers = new StaleCache<NamePointer>({ ttlMs, maxKeys: MAX_NAMES, now });
  const { names } = createNameList({
    kv,
    shared: [NAME_PREFIX, OLD_NAME_PREFIX],
    owned: OWNED_NAME_PREFIX,
    isName: isSelectionName,
    ttlMs,
    now,
  });
  const records = new RecordCache(kv, MAX_RECORD_BYTES);
  const summaries = new SizedCache<ListedRecord>({
    maxBytes: MAX_SUMMARY_BYTES,
    sizeOf: ({ summary }) => summaryBytes(summary),
    now,
  });

  async function readRecordOf(name: string, id: string): Promise<StoredRecord> {
    const stored = await records.read(id);
    if (stored) return stored;
    throw new AppError(
      'STORAGE_FAILED',
      `Selection "${name}" points at record ${id}, which is not here yet; try again`,
    );
  }

  /** @param onRead is given the record too, which the cache may not keep */
  async function readSummaryOf(
    name: string,
    id: string,
    onRead?: (stored: StoredRecord) => void,
  ): Promise<ListedRecord> {
    return summaries.get(id, async () => {
      const stored = await readRecordOf(name, id);
      onRead?.(stored);
      return { summary: summaryOf(stored.record), createdAt: stored.createdAt };
    });
  }

  /** A new pointer counts only once its record has been at hand; until then the old one goes on serving. */
  async function loadPointer(
    name: string,
    onRead: (stored: StoredRecord) => void,
  ): Promise<NamePointer | null> {
    const pointer = await readPointer(kv, name);
    if (pointer === null) return null;
    await readSummaryOf(name, pointer.id, onRead);
    return { ...pointer, canary: await readableCanary(name, pointer, onRead) };
  }

  /** A canary whose record cannot be read must fail nobody: the current record answers all. */
  async function readableCanary(
    name: string,
    { canary }: NamePointer,
    onRead: (stored: StoredRecord) => void,
  ): Promise<NamePointer['canary']> {
    try {
      if (canary !== null) await readSummaryOf(name, canary.id, onRead);
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
    const read: StoredRecord[] = [];
    const given = await find(name, waitUntil, caller, (stored) => read.push(stored));
    if (given === null) return null;
    const { id, publishedAt } = given;
    const { record, createdAt } = read.find((stored) => stored.id === id) ?? (await readRecordOf(name, id));
    return { ...given, name, createdAt: createdAt ?? publishedAt, record };
  }

  async function find(
    name: string,
    waitUntil?: WaitUntil,
    caller?: string,
    onRead: (stored: StoredRecord) => void = () => undefined,
  ): Promise<ReturnType<typeof recordFor> | null> {
    if (!isSelectionName(name)) return null;
    const pointer = await pointers.get(name, () => loadPointer(name, onRead), waitUntil);
    return pointer && recordFor(pointer, caller);
  }

  async function list(
    listed: readonly string[],
    waitUntil?: WaitUntil,
    caller?: string,
  ): Promise<Readable<ListedSelection>> {
    const readListed = async (name: string): Promise<ListedSelection | null> => {
      const given = await find(name, waitUntil, caller);
      if (given === null) return null;
      const { summary, createdAt } = await readSummaryOf(name, given.id);
      return { ...given, name, createdAt: createdAt ?? given.publishedAt, summary };
    };
    return listReadable('selection', listed, readListed);
  }

  function atHand(name: string, caller?: string): PublishedSelection | null {
    const pointer = pointers.atHand(name);
    if (!pointer) return null;
    const given = recordFor(pointer, caller);
    const stored = records.atHand(given.id);
    if (stored === undefined) return null;
    const { record, createdAt } = stored;
    return { ...given, name, createdAt: createdAt ?? given.publishedAt, record };
  }

  return { read, atHand, list, names, record: async (id) => (await records.read(id))?.record ?? null };
}
