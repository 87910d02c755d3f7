import { type SelectionKv, type StoredRecord, readRecord } from './selection-kv.ts';

/** Decoded records of one isolate by id. Immutable, so never asked for twice; the longest unused leave over the limit. */
export class RecordCache {
  readonly #kv: SelectionKv;
  readonly #maxBytes: number;
  readonly #records = new Map<string, StoredRecord>();
  #bytes = 0;

  constructor(kv: SelectionKv, maxBytes: number) {
    this.#kv = kv;
    this.#maxBytes = maxBytes;
  }

  /** The record, or null when KV has none. @throws AppError STORAGE_FAILED when KV fails or the record is corrupt */
  async read(id: string): Promise<StoredRecord | null> {
    const cached = this.#records.get(id);
    if (cached) {
      this.#records.delete(id);
      this.#records.set(id, cached);
      return cached;
    }
    const stored = await readRecord(this.#kv, id);
    if (stored && !this.#records.has(id)) this.#add(stored);
    return stored;
  }

  #add(stored: StoredRecord): void {
    this.#records.set(stored.id, stored);
    this.#bytes += stored.byteLength;
    for (const [id, oldest] of this.#records) {
      if (this.#bytes <= this.#maxBytes || id === stored.id) return;
      this.#records.delete(id);
      this.#bytes -= oldest.byteLength;
    }
  }
}
