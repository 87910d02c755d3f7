import { AppError } from '../errors.ts';

/** Keeps work alive after the response: `ctx.waitUntil`. */
export type WaitUntil = (work: Promise<unknown>) => void;

interface Options {
  /** How long one load may take, and how long anybody waits for another one's. */
  readonly deadlineMs: number;
  /** Milliseconds, as Date.now. */
  readonly now: () => number;
}

interface Load<T> {
  readonly promise: Promise<T>;
  readonly startedAt: number;
}

const TIMED_OUT = Symbol('timed out');

/** Loads under way in one isolate, by key: whoever asks for the same key meanwhile shares one. */
export class SharedLoads<T> {
  readonly #options: Options;
  readonly #loads = new Map<string, Load<T>>();

  constructor(options: Options) {
    this.#options = options;
  }

  isRunning(key: string): boolean {
    return this.#running(key) !== null;
  }

  /**
   * Waits for the load that runs, or runs one. A load can die with the request that started it, its promise never
   * settling, so nobody waits for another one's load longer than the deadline.
   * @param onLoaded told of the value by the load itself, unless a later load of the key has overtaken it
   * @throws what `load` throws, or AppError STORAGE_FAILED after the deadline
   */
  async join(
    key: string,
    load: () => Promise<T>,
    onLoaded: (value: T) => void,
    waitUntil?: WaitUntil,
  ): Promise<T> {
    const running = this.#running(key);
    if (running) {
      const joined = await withDeadline(running.promise, this.#options.deadlineMs);
      if (joined !== TIMED_OUT) return joined;
    }
    const promise = this.start(key, load, onLoaded);
    waitUntil?.(promise.catch(() => undefined)); // the request may be cancelled while others wait for this load
    return promise;
  }

  /** Runs a load, whether one runs already or not. @throws as `join` */
  async start(key: string, load: () => Promise<T>, onLoaded: (value: T) => void): Promise<T> {
    const current: Load<T> = { promise: this.#loadInTime(load), startedAt: this.#options.now() };
    this.#loads.set(key, current);
    try {
      const value = await current.promise;
      // A load that a later one has overtaken must not put an old value back.
      if (this.#loads.get(key) === current) onLoaded(value);
      return value;
    } finally {
      if (this.#loads.get(key) === current) this.#loads.delete(key);
    }
  }

  async #loadInTime(load: () => Promise<T>): Promise<T> {
    const { deadlineMs } = this.#options;
    const value = await withDeadline(load(), deadlineMs);
    if (value !== TIMED_OUT) return value;
    throw new AppError('STORAGE_FAILED', `Storage did not answer within ${deadlineMs} ms; try again`);
  }

  #running(key: string): Load<T> | null {
    const load = this.#loads.get(key);
    return load && this.#options.now() - load.startedAt < this.#options.deadlineMs ? load : null;
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
