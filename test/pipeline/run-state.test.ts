import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runKeys } from '../../src/pipeline/keys.ts';
import { readState, updateState } from '../../src/pipeline/run-state.ts';
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
  await updateState(bucket, RUN_ID, { phase: 'listing' });
  await expect(bucket.put(runKeys.state(RUN_ID), '')).rejects.toThrow('429');
  const second = updateState(bucket, RUN_ID, { phase: 'indexing', inputs: 3 });
  await vi.advanceTimersByTimeAsync(MS_A_WRITE + 200);
  await second;
  expect(await readState(bucket, RUN_ID)).toMatchObject({ phase: 'indexing', inputs: 3 });
});
