import { describe, expect, it, vi } from 'vitest';
import { type BatchOptions, createBatcher } from '../../../scripts/encoder/batcher.ts';
import { AppError } from '../../../src/errors.ts';

type Run = {
  readonly items: readonly number[];
  readonly end: () => void;
  readonly fail: (error: Error) => void;
};

/** A batcher whose runs end when the test says so; an item's result is its negative. */
function setUp(options: Partial<BatchOptions<number, number>> = {}) {
  const runs: Run[] = [];
  const batcher = createBatcher<number, number>({
    run: (items) =>
      new Promise((resolve, reject) =>
        runs.push({ items, end: () => resolve(items.map((item) => -item)), fail: reject }),
      ),
    maxBatch: 4,
    maxWaitMs: 0,
    maxQueued: 8,
    concurrency: 1,
    expectsMore: () => true,
    ...options,
  });
  return { batcher, runs, stays: new AbortController().signal };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a batch', () => {
  it('gathers what comes while another runs, and gives each request its results in order', async () => {
    const { batcher, runs, stays } = setUp();
    const first = batcher.encode([1], stays);
    const others = [batcher.encode([2, 3], stays), batcher.encode([4], stays)];
    expect(runs.map(({ items }) => items)).toEqual([[1]]);
    runs[0].end();
    await first;
    await settled();
    expect(runs[1].items.toSorted()).toEqual([2, 3, 4]);
    runs[1].end();
    expect(await Promise.all([first, ...others])).toEqual([[-1], [-2, -3], [-4]]);
  });

  it('takes from requests in turn: one of one item is in the next batch behind one of many', async () => {
    const { batcher, runs, stays } = setUp();
    const many = batcher.encode([1, 2, 3, 4, 5, 6, 7], stays);
    expect(runs[0].items).toEqual([1, 2, 3, 4]);
    const one = batcher.encode([9], stays);
    runs[0].end();
    await settled();
    expect(runs[1].items).toContain(9);
    runs[1].end();
    expect(await one).toEqual([-9]);
    await settled();
    runs.slice(2).forEach(({ end }) => end());
    expect(await many).toEqual([-1, -2, -3, -4, -5, -6, -7]);
  });

  it('shares what waits among all that are free', () => {
    const { batcher, runs, stays } = setUp({ concurrency: 2 });
    void batcher.encode([1, 2, 3, 4], stays);
    expect(runs.map(({ items }) => items)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('waits for company so long as it may come, and no longer', async () => {
    vi.useFakeTimers();
    try {
      const { batcher, runs, stays } = setUp({ maxWaitMs: 10 });
      void batcher.encode([1], stays);
      await vi.advanceTimersByTimeAsync(9);
      expect(runs).toEqual([]);
      void batcher.encode([2], stays);
      await vi.advanceTimersByTimeAsync(2);
      expect(runs.map(({ items }) => items)).toEqual([[1, 2]]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('waits for nobody when every open request is there, and not when it is full', () => {
    const alone = setUp({ maxWaitMs: 1e6, expectsMore: () => false });
    void alone.batcher.encode([1], alone.stays);
    expect(alone.runs).toHaveLength(1);
    const full = setUp({ maxWaitMs: 1e6 });
    void full.batcher.encode([1, 2, 3, 4], full.stays);
    expect(full.runs).toHaveLength(1);
  });
});

describe('the queue', () => {
  it('refuses what it has no room for, with a time after which to ask again, and keeps its room', async () => {
    const { batcher, runs, stays } = setUp();
    const taken = [batcher.encode([1, 2, 3, 4], stays), batcher.encode([5, 6, 7, 8, 9, 10], stays)];
    expect(batcher.queued).toBe(6);
    await expect(batcher.encode([11, 12, 13], stays)).rejects.toMatchObject({
      code: 'ENCODER_BUSY',
      retryable: true,
      retryAfterSeconds: 1,
    });
    taken.push(batcher.encode([11, 12], stays));
    for (let run = 0; run < 3; run++) {
      runs[run].end();
      await settled();
    }
    await Promise.all(taken);
    expect(batcher).toMatchObject({ queued: 0, running: 0 });
  });

  it('refuses for good what it could never hold', async () => {
    const { batcher, stays } = setUp();
    const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    await expect(batcher.encode(nine, stays)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      retryable: false,
    });
  });

  it('drops what waits for a client that has left, and serves the others', async () => {
    const { batcher, runs, stays } = setUp();
    const client = new AbortController();
    const first = batcher.encode([1], stays);
    const left = batcher.encode([2, 3], client.signal);
    const third = batcher.encode([4], stays);
    client.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(batcher).toMatchObject({ queued: 1, waitingRequests: 1 });
    runs[0].end();
    await first;
    await settled();
    expect(runs[1].items).toEqual([4]);
    runs[1].end();
    expect(await third).toEqual([-4]);
  });

  it('fails the requests of a run that fails, and goes on', async () => {
    const { batcher, runs, stays } = setUp();
    const failed = batcher.encode([1, 2, 3, 4, 5], stays);
    const next = batcher.encode([6], stays);
    runs[0].fail(new AppError('ENCODER_FAILED', 'broken'));
    await expect(failed).rejects.toThrow('broken');
    await settled();
    expect(runs[1].items).toEqual([6]);
    runs[1].end();
    expect(await next).toEqual([-6]);
  });
});
