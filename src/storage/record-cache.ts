import { LRUCache } from 'lru-cache';
import { type SelectionKv, type StoredRecord, readRecord } from './selection-kv.ts';
import { SharedLoads } from './shared-loads.ts';

const DEADLINE_MS = 5_000;
/** Of the records that are read while the cache is full, one in so many takes the place of the longest unused. */
const ADMITTED_ONE_IN = 8;

/**
 * Decoded records of one isolate by id, immutable. What is in does not leave for whatever comes next: with more records in rotation than
 * fit, a cache that takes every one in has always just dropped the one that is asked for (bimodal insertion, Qureshi et al. 2007,
 * https://doi.org/10.1145/1250662.1250709). What is often asked for is let in soon.
 */
export class RecordCache {
  readonly #kv: SelectionKv;
  readonly #records: LRUCache<string, StoredRecord>;
  readonly #loads = new SharedLoads<StoredRecord | null>({ deadlineMs: DEADLINE_MS, now: Date.now });
  readonly #maxBytes: number;
  #refused = 0;

  constructor(kv: SelectionKv, maxBytes: number) {
    this.#kv = kv;
    this.#maxBytes = maxBytes;
    this.#records = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ byteLength }) => byteLength });
  }

  /** The record where it is in; undefined where it must be read. */
  atHand(id: string): StoredRecord | undefined {
    return this.#records.get(id);
  }

  /**
   * The record, or null when KV has none.
   * @throws AppError STORAGE_FAILED when KV fails or does not answer in time, or the record is corrupt
   */
  async read(id: string): Promise<StoredRecord | null> {
    const cached = this.atHand(id);
    if (cached) return cached;
    return this.#loads.join(
      id,
      () => readRecord(this.#kv, id),
      (stored) => {
        if (stored && this.#admits(stored)) this.#records.set(id, stored);
      },
    );
  }

  #admits({ byteLength }: StoredRecord): boolean {
    if (this.#records.calculatedSize + byteLength <= this.#maxBytes) return true;
    this.#refused = (this.#refused + 1) % ADMITTED_ONE_IN;
    return this.#refused === 0;
  }
}
