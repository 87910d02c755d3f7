import { LRUCache } from 'lru-cache';
import type { KeyRecord } from '../format/key-record.ts';
import { type ReadableKeyKv, readKeyRecord } from './key-kv.ts';
import { SharedLoads, type WaitUntil } from './shared-loads.ts';

/** Age from which a record is asked for again, while the old one still answers. */
const REFRESH_SECONDS = 10;
/** Age at which it no longer answers. With KEY_CACHE_TTL_SECONDS of KV: 60 s from revoking a key to the last answer to it. */
export const KEPT_SECONDS = 30;
/** Also that of an id without a record, so that guesses do not reach KV twice. */
const MAX_KEYS = 4_096;
const DEADLINE_MS = 3_000;

interface Entry {
  readonly record: KeyRecord | null;
  readonly loadedAt: number;
}

export interface KeyStore {
  /** Whether `find` answers without asking KV. */
  isKnown(id: string): boolean;
  /**
   * The record of a key, or null when there is none: at once where the isolate has read it lately, so that a request with a known
   * key waits for nothing.
   * @throws AppError STORAGE_FAILED, by the promise, when KV fails and the isolate has no record that is young enough
   */
  find(id: string, waitUntil: WaitUntil): KeyRecord | null | Promise<KeyRecord | null>;
}

/** Keys of one isolate. Unlike records of selections, one that cannot be read again is not used for longer than `KEPT_SECONDS`. */
export function createKeyStore(kv: ReadableKeyKv, now: () => number = Date.now): KeyStore {
  const entries = new LRUCache<string, Entry>({ max: MAX_KEYS });
  const loads = new SharedLoads<KeyRecord | null>({ deadlineMs: DEADLINE_MS, now });
  const load = (id: string, waitUntil: WaitUntil): Promise<KeyRecord | null> => {
    // What is read is as old as the question: KV may have answered just before a change.
    const loadedAt = now();
    const keep = (record: KeyRecord | null): void => void entries.set(id, { record, loadedAt });
    return loads.join(id, () => readKeyRecord(kv, id), keep, waitUntil);
  };
  const fresh = (id: string): Entry | null => {
    const entry = entries.get(id);
    return entry && now() - entry.loadedAt < KEPT_SECONDS * 1000 ? entry : null;
  };
  return {
    isKnown: (id) => fresh(id) !== null,
    find(id, waitUntil) {
      const entry = fresh(id);
      if (entry === null) return load(id, waitUntil);
      if (now() - entry.loadedAt >= REFRESH_SECONDS * 1000 && !loads.isRunning(id)) {
        const work = load(id, waitUntil).catch((error: unknown) => {
          console.error(`Key ${id} could not be read again:`, error);
        });
        waitUntil(work);
      }
      return entry.record;
    },
  };
}
