import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVERYTHING, withPublishLock } from '../../scripts/kv/publish-lock.ts';
import { UserError } from '../../scripts/cli/user-error.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';

let local: LocalKv;
beforeAll(async () => {
  local = await openMemoryKv();
});
beforeEach(() => local.clear());
afterAll(() => local.dispose());

const LOCK = /^lock:v1:/;
const locks = async (): Promise<string[]> =>
  (await local.kv.list({ prefix: 'lock:v1:' })).keys.map(({ name }) => name);

describe('the lock of a name', () => {
  it('lets one work after the other, whoever comes first, and leaves nothing behind', async () => {
    let inside = 0;
    let most = 0;
    const done: number[] = [];
    const work = async (i: number): Promise<void> => {
      most = Math.max(most, ++inside);
      // Calls to KV, so that others get their turn while this one works.
      for (let call = 0; call < 3; call++) await local.kv.put(`work-${i}`, String(call));
      inside--;
      done.push(i);
    };
    await Promise.all(Array.from({ length: 6 }, (_, i) => withPublishLock(local.kv, 'shop', () => work(i))));
    expect(most).toBe(1);
    expect(done.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await locks()).toEqual([]);
  });

  it('does not keep other names waiting, but everything waits for everything', async () => {
    const tried = (scope: string): Promise<unknown> =>
      withPublishLock(local.kv, scope, () => Promise.resolve('done'), { waitMs: 0 }).catch(
        (error: unknown) => (error instanceof UserError ? error.message : error),
      );
    await withPublishLock(local.kv, 'shop', async () => {
      expect(await tried('other')).toBe('done');
      expect(await tried('shop')).toMatch(/^somebody else is writing "shop" \(.*process \d+ on .*since 20/);
      expect(await tried(EVERYTHING)).toMatch(/^somebody else is writing this KV/);
    });
    await withPublishLock(local.kv, EVERYTHING, async () => {
      expect(await tried('other')).toMatch(/^somebody else is writing "other"/);
    });
    expect(await tried('shop')).toBe('done');
  });

  it('is given up when the work fails', async () => {
    const failing = withPublishLock(local.kv, 'shop', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await locks()).toEqual([]);
  });

  it('is taken from a process of this machine that died, not from one of another machine', async () => {
    const seen: string[][] = [];
    await withPublishLock(local.kv, 'shop', async () => void seen.push(await locks()));
    expect(seen[0]).toEqual([expect.stringMatching(LOCK)]);
    const { hostname } = await import('node:os');
    const owner = { host: hostname(), pid: 2 ** 30, by: 'ann', since: '2026-11-24T03:00:00.000Z' };
    await local.kv.put('lock:v1:shop:dead', '', { metadata: owner });
    expect(await withPublishLock(local.kv, 'shop', () => Promise.resolve(1), { waitMs: 0 })).toBe(1);
    expect(await locks()).toEqual([]);
    await local.kv.put('lock:v1:shop:far', '', { metadata: { ...owner, host: 'elsewhere' } });
    await expect(withPublishLock(local.kv, 'shop', () => Promise.resolve(1), { waitMs: 0 })).rejects.toThrow(
      /ann, process 1073741824 on elsewhere, since 2026-11-24/,
    );
  });
});
