import { AppError } from '../errors.ts';

/** Keeps work alive after the response: `ctx.waitUntil`. */
export type WaitUntil = (work: Promise<unknown>) => void;

interface Options {
  /** How long one load may take, and how long anybody waits for another one's. */
  readonly deadlineMs: number;
  /** Milliseconds, as Date.now. */
  readonly now: () => number;
}

/** One that runs, and how it has ended. */
interface Load<T> {
  readonly startedAt: number;
  outcome: PromiseSettledResult<T> | null;
}

const TIMED_OUT = Symbol('timed out');
/** Between two looks at another request's load: what a read of KV takes, and later less often. */
const LEAST_PAUSE_MS = 1;
const MOST_PAUSE_MS = 20;

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
   * Waits for the load that runs, or runs one. A load can die with the request that started it, so nobody waits for another one's
   * longer than the deadline. And nobody awaits its promise: it belongs to the other request, and workerd may lose what is handed
   * over ("Cannot perform I/O on behalf of a different request"). Each looks by timers of its own.
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
      const outcome = await outcomeOf(running, this.#options.deadlineMs);
      if (outcome?.status === 'fulfilled') return outcome.value;
      if (outcome?.status === 'rejected') throw outcome.reason;
    }
    const promise = this.start(key, load, onLoaded);
    waitUntil?.(promise.catch(() => undefined)); // the request may be cancelled while others wait for this load
    return promise;
  }

  /** Runs a load, whether one runs already or not. @throws as `join` */
  async start(key: string, load: () => Promise<T>, onLoaded: (value: T) => void): Promise<T> {
    const current: Load<T> = { startedAt: this.#options.now(), outcome: null };
    this.#loads.set(key, current);
    try {
      const value = await this.#loadInTime(load);
      // A load that a later one has overtaken must not put an old value back.
      if (this.#loads.get(key) === current) onLoaded(value);
      current.outcome = { status: 'fulfilled', value };
      return value;
    } catch (reason) {
      current.outcome = { status: 'rejected', reason };
      throw reason;
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

/** @returns null when the load has not ended within the deadline */
async function outcomeOf<T>(load: Load<T>, deadlineMs: number): Promise<PromiseSettledResult<T> | null> {
  let waitedMs = 0;
  for (let pause = LEAST_PAUSE_MS; waitedMs < deadlineMs; pause = Math.min(2 * pause, MOST_PAUSE_MS)) {
    if (load.outcome !== null) return load.outcome;
    await new Promise((resolve) => setTimeout(resolve, pause));
    waitedMs += pause;
  }
  return load.outcome;
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
