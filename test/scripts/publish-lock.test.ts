import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { EVERYTHING, withPublishLock } from '../../scripts/kv/publish-lock.ts';
import { UserError } from '../../scripts/cli/user-error.ts';
import { type PutOptions, openLocalKv } from '../../scripts/kv/local-kv.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { readPointer, readRecord } from '../../src/storage/selection-kv.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';
import { ROOT, run, until } from './start-setup.ts';

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
      expect(await tried('shop')).toMatch(
        /^somebody else is writing "shop": .* \(process \d+ on .*, since 20.*--wait, or end process \d+/,
      );
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
      /ann \(process 1073741824 on elsewhere, since 2026-11-24.*if that was killed, its lock ends after 120 s/,
    );
  });
});

describe('the lock of a name that is held for longer than an intent lasts', () => {
  afterEach(() => vi.useRealTimers());

  it('still lets those who waited work one after the other', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearInterval', 'Date'] });
    const { kv, quiet } = forgetful(local.kv);
    let inside = 0;
    let most = 0;
    const lasting = (seconds: number) => async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
      inside--;
    };
    const waitMs = 400_000;
    // The holder's key is the highest, so that one of those who wait keeps an intent beside it.
    const owner = { host: 'elsewhere', pid: 1, by: 'ann', since: '2026-11-24T03:00:00.000Z' };
    await kv.put('lock:v1:shop:zzz', '', { metadata: owner });
    const held = lasting(170)().then(() => kv.deleteMany(['lock:v1:shop:zzz']));
    const ended = [held];
    for (let i = 0; i < 4; i++) ended.push(withPublishLock(kv, 'shop', lasting(15), { waitMs }));
    let isOver = false;
    const all = Promise.all(ended).finally(() => (isOver = true));
    while (!isOver) {
      await quiet();
      await vi.advanceTimersByTimeAsync(5_000);
    }
    await all;
    expect(most).toBe(1);
    expect(await locks()).toEqual([]);
  });
});

/** The same KV, in which values last as long as they are to by the clock of the test; `quiet` waits until all calls are answered. */
function forgetful(kv: LocalKv['kv']): { readonly kv: LocalKv['kv']; readonly quiet: () => Promise<void> } {
  const until = new Map<string, number>();
  let underWay = 0;
  const counted = async <T>(call: () => Promise<T>): Promise<T> => {
    underWay++;
    return call().finally(() => underWay--);
  };
  return {
    kv: {
      ...kv,
      put: (key: string, value: string | Uint8Array, options: PutOptions = {}) =>
        counted(async () => {
          until.set(key, Date.now() + 1000 * (options.expirationTtl ?? Infinity));
          await kv.put(key, value, options);
        }),
      deleteMany: (keys) => counted(() => kv.deleteMany(keys)),
      list: (options) =>
        counted(async () => {
          const { keys, ...page } = await kv.list(options);
          return { ...page, keys: keys.filter(({ name }) => Date.now() < (until.get(name) ?? 0)) };
        }),
    },
    async quiet() {
      do for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      while (underWay > 0);
    },
  };
}

// Real processes on one local state: the first is stopped by the system in the middle of its write, then killed.
describe('two publishers of a name', () => {
  const place = mkdtempSync(join(tmpdir(), 'alignql-lock-'));
  const environment = { ALIGNQL_STATE: join(place, 'state') };
  let held: ChildProcess | null = null;
  afterAll(() => {
    held?.kill('SIGKILL');
    rmSync(place, { recursive: true, force: true });
  });

  function folderWith(strategy: string): string {
    const folder = join(place, strategy);
    mkdirSync(folder);
    writeFileSync(join(folder, 'selection.bin'), encodeSelection({ ...buildSelection(1), strategy }));
    return folder;
  }
  const publish = (folder: string, ...options: string[]): ReturnType<typeof run> =>
    run('scripts/publish.ts', [folder, '--name', 'mine', ...options], environment);

  it('wait or are told whose turn it is, take over from the dead, and leave whole entries only', async () => {
    const [first, second, third] = ['first', 'second', 'third'].map(folderWith);
    const preload = join(ROOT, 'scripts/chaos/kills/kill-at.ts');
    const script = join(ROOT, 'scripts/publish.ts');
    const stopping = { KILL_AT: 'before KV put selection:v1:record', KILL_SIGNAL: 'SIGSTOP', KILL_KV: '1' };
    const child = spawn(process.execPath, ['--import', preload, script, first, '--name', 'mine'], {
      env: { ...process.env, ...environment, ...stopping, KILL_FOLDER: place },
      stdio: 'ignore',
    });
    held = child;
    const isStopped = (): boolean => / T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8'));
    await until(isStopped, 120_000);

    const told = await publish(second, '--wait', '1');
    expect([told.status, told.stdout]).toEqual([1, '']);
    const owner = `\\S+ \\(process ${child.pid} on \\S+, since 20\\S+\\)`;
    expect(told.stderr).toMatch(
      new RegExp(
        `^waiting for ${owner}\n.*somebody else is writing "mine": ${owner}\\. Try again when that has ended; .*end process ${child.pid}`,
      ),
    );

    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    const [one, other] = await Promise.all([publish(second), publish(third)]);
    expect([one.status, other.status]).toEqual([0, 0]);
    expect(one.stderr + other.stderr).toMatch(
      new RegExp(`note: removed the lock that ${owner} left: that process has ended`),
    );
    const results = [one, other].map(({ stdout }) => JSON.parse(stdout) as Printed);
    const [last] = results.filter(({ previous }) => previous !== null);
    const [before] = results.filter(({ previous }) => previous === null);
    expect(last).toMatchObject({ previous: before.id, changed: true, earlier: 1 });

    const { kv, close } = await openLocalKv(environment.ALIGNQL_STATE, 'local-selections');
    try {
      const pointer = await readPointer(kv, 'mine');
      expect([pointer?.id, ...(pointer?.previous ?? []).map(({ id }) => id)]).toEqual([last.id, before.id]);
      for (const { id } of results) expect(await readRecord(kv, id)).not.toBeNull();
      expect((await kv.list({ prefix: 'lock:v1:' })).keys).toEqual([]);
    } finally {
      await close();
    }
  });
});

interface Printed {
  readonly id: string;
  readonly previous: string | null;
  readonly changed: boolean;
  readonly earlier: number;
}
