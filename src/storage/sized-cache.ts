import { LRUCache } from 'lru-cache';
import { SharedLoads, type WaitUntil } from './shared-loads.ts';

interface Options<T> {
  /** The longest unused leave beyond it; a value that is larger by itself is not kept. */
  readonly maxBytes: number;
  readonly sizeOf: (value: T) => number;
  /** Milliseconds, as Date.now. */
  readonly now: () => number;
}

/** How long one load may take. */
const DEADLINE_MS = 10_000;

/** Values of immutable keys in one isolate. Callers of one key share a load: a page of results asks for one value many times. */
export class SizedCache<T extends object> {
  readonly #kept: LRUCache<string, T>;
  readonly #loads: SharedLoads<T>;

  constructor({ maxBytes, sizeOf, now }: Options<T>) {
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (value) => Math.max(1, sizeOf(value)),
    });
    this.#loads = new SharedLoads({ deadlineMs: DEADLINE_MS, now });
  }

  /** @throws what `load` throws, or AppError STORAGE_FAILED after the deadline */
  async get(key: string, load: () => Promise<T>, waitUntil?: WaitUntil): Promise<T> {
    return (
      this.#kept.get(key) ??
      this.#loads.join(key, load, (value) => void this.#kept.set(key, value), waitUntil)
    );
  }
}
