import { LRUCache } from 'lru-cache';
import { SharedLoads, type WaitUntil } from './shared-loads.ts';

interface Options<T> {
  /** Age from which a value is asked for again. */
  readonly ttlMs: number;
  /** Age from which it is asked for before the answer; never, when absent. */
  readonly maxStaleMs?: number;
  /** Keys kept; the longest unused leave first. */
  readonly maxKeys: number;
  /** And their values' sizes together; a value that is larger by itself is not kept. */
  readonly maxSize?: number;
  /** In the units of `maxSize`, at least 1. */
  readonly sizeOf?: (value: T) => number;
  /** Milliseconds, as Date.now. */
  readonly now: () => number;
  /** How long one load may take. */
  readonly deadlineMs?: number;
}

interface Entry<T> {
  readonly value: T;
  readonly loadedAt: number;
}

const DEADLINE_MS = 5_000;

/**
 * Values of one isolate, stale while revalidating: fresh ones are answered at once, old ones too while one load in the
 * background renews them, and a failing load leaves the old value in place for another TTL. Values beyond `maxStaleMs` wait
 * for that load. Callers of one key share a load. An absent value (null) is kept for the TTL but never served stale.
 */
export class StaleCache<T extends object> {
  readonly #options: Options<T>;
  readonly #entries: LRUCache<string, Entry<T | null>>;
  readonly #loads: SharedLoads<T | null>;

  constructor(options: Options<T>) {
    const { maxKeys: max, maxSize, sizeOf } = options;
    this.#options = options;
    this.#entries = new LRUCache({
      max,
      ...(maxSize !== undefined &&
        sizeOf !== undefined && {
          maxSize,
          sizeCalculation: ({ value }: Entry<T | null>) => (value === null ? 1 : sizeOf(value)),
        }),
    });
    this.#loads = new SharedLoads({ deadlineMs: options.deadlineMs ?? DEADLINE_MS, now: options.now });
  }

  /**
   * The value of the key, by `load` where the cache has none to give.
   * @throws what `load` throws, or AppError STORAGE_FAILED after the deadline, when there is no older value
   */
  async get(key: string, load: () => Promise<T | null>, waitUntil?: WaitUntil): Promise<T | null> {
    const fresh = this.atHand(key);
    if (fresh !== undefined) return fresh;
    const { now } = this.#options;
    const entry = this.#entries.get(key);
    if (!entry?.value) return this.#loads.join(key, load, (value) => this.#keep(key, value), waitUntil);
    const { maxStaleMs = Infinity } = this.#options;
    if (now() - entry.loadedAt >= maxStaleMs) return this.#renewed(key, entry.value, load, waitUntil);
    if (!this.#loads.isRunning(key)) this.#refresh(key, entry.value, load, waitUntil);
    return entry.value;
  }

  /** The value of the key where the cache has a fresh one; undefined where it has none, or it is to be asked for again. */
  atHand(key: string): T | null | undefined {
    const entry = this.#entries.get(key);
    const { ttlMs, now } = this.#options;
    return entry && now() - entry.loadedAt < ttlMs ? entry.value : undefined;
  }

  #refresh(key: string, old: T, load: () => Promise<T | null>, waitUntil?: WaitUntil): void {
    const work = this.#loads
      .start(key, load, (value) => this.#keep(key, value))
      .catch((error: unknown) => this.#keepOld(key, old, error));
    waitUntil?.(work);
  }

  async #renewed(
    key: string,
    old: T,
    load: () => Promise<T | null>,
    waitUntil?: WaitUntil,
  ): Promise<T | null> {
    try {
      return await this.#loads.join(key, load, (value) => this.#keep(key, value), waitUntil);
    } catch (error) {
      this.#keepOld(key, old, error);
      return old;
    }
  }

  #keepOld(key: string, old: T, error: unknown): void {
    this.#keep(key, old);
    console.error(`Kept the last known "${key}":`, error);
  }

  #keep(key: string, value: T | null): void {
    this.#entries.set(key, { value, loadedAt: this.#options.now() });
  }
}
