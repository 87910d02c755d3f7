import { AppError } from '../errors.ts';

/** Keeps work alive after the response: `ctx.waitUntil`. */
export type WaitUntil = (work: Promise<unknown>) => void;

interface Options {
  /** Age from which a value is asked for again. */
  readonly ttlMs: number;
  /** Keys kept; the longest unused leave first. */
  readonly maxKeys: number;
  /** Milliseconds, as Date.now. */
  readonly now: () => number;
  /** How long one load may take. */
  readonly deadlineMs?: number;
}

interface Entry<T> {
  readonly value: T;
  readonly loadedAt: number;
}

interface Load<T> {
  readonly promise: Promise<T | null>;
  readonly startedAt: number;
}

const DEADLINE_MS = 5_000;
const TIMED_OUT = Symbol('timed out');

/**
 * Values of one isolate, stale while revalidating: fresh ones are answered at once, old ones too while one load in the
 * background renews them, and a failing load leaves the old value in place for another TTL. Callers of one key share a
 * load. An absent value (null) is kept for the TTL but never served stale.
 */
export class StaleCache<T extends object> {
  readonly #options: Required<Options>;
  readonly #entries = new Map<string, Entry<T | null>>();
  readonly #loads = new Map<string, Load<T>>();

  constructor(options: Options) {
    this.#options = { deadlineMs: DEADLINE_MS, ...options };
  }

  /**
   * The value of the key, by `load` where the cache has none to give.
   * @throws what `load` throws, or AppError STORAGE_FAILED after the deadline, when there is no older value
   */
  async get(key: string, load: () => Promise<T | null>, waitUntil?: WaitUntil): Promise<T | null> {
    const entry = this.#entries.get(key);
    if (entry && this.#isFresh(entry.loadedAt, this.#options.ttlMs)) {
      this.#touch(key, entry);
      return entry.value;
    }
    if (!entry?.value) return this.#join(key, load, waitUntil);
    this.#touch(key, entry);
    if (!this.#running(key)) this.#refresh(key, entry.value, load, waitUntil);
    return entry.value;
  }

  #refresh(key: string, old: T, load: () => Promise<T | null>, waitUntil?: WaitUntil): void {
    const work = this.#start(key, load).catch((error: unknown) => {
      this.#touch(key, { value: old, loadedAt: this.#options.now() });
      console.error(`Kept the last known "${key}":`, error);
    });
    waitUntil?.(work);
  }

  /**
   * Waits for the load that runs, or runs one. A load can die with the request that started it, its promise never
   * settling, so nobody waits for another one's load longer than the deadline.
   */
  async #join(key: string, load: () => Promise<T | null>, waitUntil?: WaitUntil): Promise<T | null> {
    const running = this.#running(key);
    if (running) {
      const joined = await withDeadline(running.promise, this.#options.deadlineMs);
      if (joined !== TIMED_OUT) return joined;
    }
    const promise = this.#start(key, load);
    waitUntil?.(promise.catch(() => undefined)); // the request may be cancelled while others wait for this load
    return promise;
  }

  async #start(key: string, load: () => Promise<T | null>): Promise<T | null> {
    const current: Load<T> = { promise: this.#loadInTime(load), startedAt: this.#options.now() };
    this.#loads.set(key, current);
    try {
      const value = await current.promise;
      // A load that a later one has overtaken must not put an old value back.
      if (this.#loads.get(key) === current) this.#touch(key, { value, loadedAt: this.#options.now() });
      return value;
    } finally {
      if (this.#loads.get(key) === current) this.#loads.delete(key);
    }
  }

  async #loadInTime(load: () => Promise<T | null>): Promise<T | null> {
    const { deadlineMs } = this.#options;
    const value = await withDeadline(load(), deadlineMs);
    if (value !== TIMED_OUT) return value;
    throw new AppError(
      'STORAGE_FAILED',
      `Selection storage did not answer within ${deadlineMs} ms; try again`,
    );
  }

  #running(key: string): Load<T> | null {
    const load = this.#loads.get(key);
    return load && this.#isFresh(load.startedAt, this.#options.deadlineMs) ? load : null;
  }

  #isFresh(since: number, limitMs: number): boolean {
    return this.#options.now() - since < limitMs;
  }

  /** Puts the entry last in the map's order, which is the order of use, and drops the first over the limit. */
  #touch(key: string, entry: Entry<T | null>): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size <= this.#options.maxKeys) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}

async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T | typeof TIMED_OUT> {
  const { promise: deadline, resolve } = Promise.withResolvers<typeof TIMED_OUT>();
  const timer = setTimeout(() => resolve(TIMED_OUT), deadlineMs);
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
