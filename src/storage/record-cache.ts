import { LRUCache } from 'lru-cache';
import { type SelectionKv, type StoredRecord, readRecord } from './selection-kv.ts';
import { SharedLoads } from './shared-loads.ts';

const DEADLINE_MS = 5_000;

/** Decoded records of one isolate by id. Immutable, so never asked for twice; the longest unused leave over the limit. */
export class RecordCache {
  readonly #kv: SelectionKv;
  readonly #records: LRUCache<string, StoredRecord>;
  readonly #loads = new SharedLoads<StoredRecord | null>({ deadlineMs: DEADLINE_MS, now: Date.now });

  constructor(kv: SelectionKv, maxBytes: number) {
    this.#kv = kv;
    this.#records = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ byteLength }) => byteLength });
  }

  /**
   * The record, or null when KV has none.
   * @throws AppError STORAGE_FAILED when KV fails or does not answer in time, or the record is corrupt
   */
  async read(id: string): Promise<StoredRecord | null> {
    const cached = this.#records.get(id);
    if (cached) return cached;
    return this.#loads.start(
      id,
      () => readRecord(this.#kv, id),
      (stored) => {
        if (stored) this.#records.set(id, stored);
      },
    );
  }
}
