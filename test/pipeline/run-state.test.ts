import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runKeys } from '../../src/pipeline/keys.ts';
import { changeState, noteState, readState } from '../../src/pipeline/run-state.ts';
import { memoryBucket } from './memory-bucket.ts';
import { RUN_ID } from './memory-platform.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** developers.cloudflare.com/r2/platform/limits: "Concurrent writes to the same object name (key): 1 per second". */
const MS_A_WRITE = 1_000;

it('is kept when phases follow on each other faster than R2 takes writes to a key', async () => {
  const { bucket } = memoryBucket();
  const { put } = bucket;
  let last = -Infinity;
  bucket.put = ((...args: Parameters<typeof put>) => {
    if (Date.now() - last < MS_A_WRITE)
      return Promise.reject(new Error('put: 429, reduce your rate (10058)'));
    last = Date.now();
    return put(...args);
  }) as typeof put;
  await changeState(bucket, RUN_ID, () => ({ phase: 'listing' }));
  await expect(bucket.put(runKeys.state(RUN_ID), '')).rejects.toThrow('429');
  const second = changeState(bucket, RUN_ID, () => ({ phase: 'indexing', inputs: 3 }));
  await vi.advanceTimersByTimeAsync(MS_A_WRITE + 200);
  await second;
  expect(await readState(bucket, RUN_ID)).toMatchObject({ phase: 'indexing', inputs: 3 });
});

describe('an instance', () => {
  const noted = async (own: number) => {
    const { bucket } = memoryBucket();
    await changeState(bucket, RUN_ID, () => ({ phase: 'listing', attempt: 2 }));
    const wasNoted = await noteState(bucket, RUN_ID, own, { phase: 'failed', error: 'no R2' });
    return { wasNoted, phase: (await readState(bucket, RUN_ID)).phase };
  };

  it('notes what comes of its own attempt', async () => {
    expect(await noted(2)).toEqual({ wasNoted: true, phase: 'failed' });
  });

  it.each([1, 3])('of attempt %i notes nothing of attempt 2', async (own) => {
    expect(await noted(own)).toEqual({ wasNoted: false, phase: 'listing' });
  });

  it('notes nothing more of a run that was cancelled', async () => {
    const { bucket } = memoryBucket();
    await changeState(bucket, RUN_ID, () => ({ phase: 'cancelled', attempt: 1 }));
    expect(await noteState(bucket, RUN_ID, 1, { phase: 'encoding' })).toBe(false);
  });

  it('goes on with a run whose state names no attempt, as those of before', async () => {
    const { bucket } = memoryBucket();
    await bucket.put(runKeys.state(RUN_ID), JSON.stringify({ phase: 'encoding', inputs: 3 }));
    expect(await noteState(bucket, RUN_ID, 4, { phase: 'sampling' })).toBe(true);
    expect(await readState(bucket, RUN_ID)).toMatchObject({ phase: 'sampling', inputs: 3, attempt: null });
  });

  it('overwrites nothing that was written between its read and its write', async () => {
    const { bucket } = memoryBucket();
    await changeState(bucket, RUN_ID, () => ({ phase: 'encoding', attempt: 1 }));
    const { put } = bucket;
    let isFirst = true;
    bucket.put = (async (...args: Parameters<typeof put>) => {
      if (isFirst) {
        isFirst = false;
        await changeState(bucket, RUN_ID, () => ({ phase: 'listing', attempt: 2 }));
      }
      return put(...args);
    }) as typeof put;
    const late = noteState(bucket, RUN_ID, 1, { phase: 'failed' });
    await vi.advanceTimersByTimeAsync(2 * MS_A_WRITE);
    expect(await late).toBe(false);
    expect(await readState(bucket, RUN_ID)).toMatchObject({ phase: 'listing', attempt: 2 });
  });
});
