import { AppError } from '../../src/errors.ts';

export interface BatchOptions<Item, Result> {
  /** Encodes one batch; one result an item, in order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Items of one run at most. */
  readonly maxBatch: number;
  /** How long the first item of a batch waits for company. */
  readonly maxWaitMs: number;
  /** Items that wait at most, those that run now not counted. */
  readonly maxQueued: number;
  /** Runs under way at once. */
  readonly concurrency: number;
  /** Whether company may come: false where every request that is open waits here already. */
  readonly expectsMore: () => boolean;
}

export interface Batcher<Item, Result> {
  /**
   * @param signal aborted when the client has left: what still waits is dropped
   * @returns one result an item, in order
   * @throws AppError ENCODER_BUSY when there is no room for all items now, LIMIT_EXCEEDED when there never is; what `run` throws;
   *   the signal's reason
   */
  encode(items: readonly Item[], signal: AbortSignal): Promise<Result[]>;
  /** Items that wait. */
  readonly queued: number;
  /** Requests with items that wait. */
  readonly waitingRequests: number;
  /** Batches that run now. */
  readonly running: number;
}

/** One request's items: those up to `next` have been taken. */
interface Job<Item, Result> {
  readonly items: readonly Item[];
  readonly results: Result[];
  readonly since: number;
  next: number;
  missing: number;
  readonly settle: (error: unknown) => void;
}

interface Slot<Item, Result> {
  readonly job: Job<Item, Result>;
  readonly index: number;
}

/** How much a new batch counts in the rate by which waiting times are foretold. */
const RATE_WEIGHT = 0.2;
const MAX_RETRY_AFTER_SECONDS = 60;

/**
 * Gathers the items of many requests into batches, by size and wait. A batch takes from the waiting requests in turn, one item each, so
 * that a request of one item is in the next batch however many another one has. It runs as soon as it is full, as its first item has
 * waited long enough, or as nobody is there who could add to it.
 * @param now milliseconds, of any clock
 */
export function createBatcher<Item, Result>(
  options: BatchOptions<Item, Result>,
  now: () => number = () => performance.now(),
): Batcher<Item, Result> {
  const jobs: Job<Item, Result>[] = [];
  let queued = 0;
  let running = 0;
  let timer: NodeJS.Timeout | null = null;
  let itemsPerSecond: number | null = null;

  function pump(): void {
    while (queued > 0 && running < options.concurrency) {
      const free = options.concurrency - running;
      const remainingMs = waitMs();
      if (queued < options.maxBatch * free && remainingMs > 0) {
        timer ??= setTimeout(() => {
          timer = null;
          pump();
        }, Math.ceil(remainingMs));
        return;
      }
      // Shared among all that are free: half a batch on each of two threads ends before a whole one on one of them.
      void runBatch(take(Math.min(options.maxBatch, Math.ceil(queued / free))));
    }
  }

  /** Until the oldest has waited long enough. */
  function waitMs(): number {
    if (!options.expectsMore()) return 0;
    const oldest = jobs.reduce((first, { since }) => Math.min(first, since), Infinity);
    return oldest + options.maxWaitMs - now();
  }

  function take(count: number): Slot<Item, Result>[] {
    const slots: Slot<Item, Result>[] = [];
    while (slots.length < count) {
      const job = jobs.shift();
      if (job === undefined) break;
      slots.push({ job, index: job.next++ });
      queued--;
      if (job.next < job.items.length) jobs.push(job);
    }
    return slots;
  }

  async function runBatch(slots: readonly Slot<Item, Result>[]): Promise<void> {
    running++;
    const started = now();
    try {
      const results = await options.run(slots.map(({ job, index }) => job.items[index]));
      slots.forEach(({ job, index }, i) => {
        job.results[index] = results[i];
        if (--job.missing === 0) job.settle(null);
      });
      noteRate(slots.length, now() - started);
    } catch (error) {
      for (const { job } of slots) fail(job, error);
    }
    running--;
    pump();
  }

  function noteRate(count: number, ms: number): void {
    const rate = (count * options.concurrency * 1000) / Math.max(1, ms);
    itemsPerSecond = itemsPerSecond === null ? rate : itemsPerSecond + RATE_WEIGHT * (rate - itemsPerSecond);
  }

  function fail(job: Job<Item, Result>, error: unknown): void {
    drop(job);
    job.settle(error);
  }

  /** What waits of it need not be encoded. */
  function drop(job: Job<Item, Result>): void {
    const place = jobs.indexOf(job);
    if (place < 0) return;
    jobs.splice(place, 1);
    queued -= job.items.length - job.next;
  }

  function busy(count: number): AppError {
    const seconds = itemsPerSecond === null ? 1 : Math.ceil(queued / itemsPerSecond);
    return new AppError(
      'ENCODER_BUSY',
      `The encoder's queue is full: ${queued} items wait, room for ${options.maxQueued - queued} more, got ${count}`,
      { retryAfterSeconds: Math.min(Math.max(1, seconds), MAX_RETRY_AFTER_SECONDS) },
    );
  }

  return {
    get queued() {
      return queued;
    },
    get waitingRequests() {
      return jobs.length;
    },
    get running() {
      return running;
    },
    encode(items, signal) {
      if (items.length === 0) return Promise.resolve([]);
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      if (items.length > options.maxQueued) return Promise.reject(tooMany(items.length, options.maxQueued));
      if (queued + items.length > options.maxQueued) return Promise.reject(busy(items.length));
      const { promise, resolve, reject } = Promise.withResolvers<Result[]>();
      const job: Job<Item, Result> = {
        items,
        results: new Array<Result>(items.length),
        since: now(),
        next: 0,
        missing: items.length,
        settle: (error) => {
          signal.removeEventListener('abort', leave);
          if (error === null) resolve(job.results);
          else reject(error as Error);
        },
      };
      const leave = (): void => fail(job, signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      jobs.push(job);
      queued += items.length;
      pump();
      return promise;
    },
  };
}

function tooMany(count: number, most: number): AppError {
  return new AppError(
    'LIMIT_EXCEEDED',
    `Expected at most ${most} items of one kind, which the queue holds, got ${count}.`,
  );
}
