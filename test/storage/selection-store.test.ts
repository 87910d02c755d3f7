import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { nameKey, recordKey } from '../../src/format/kv-keys.ts';
import { encodeNamePointer } from '../../src/format/name-pointer.ts';
import { type SelectionRecord, encodeSelection } from '../../src/format/selection-record.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import {
  type ListedSelection,
  type SelectionStore,
  createSelectionStore,
} from '../../src/storage/selection-store.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type FaultyKv, type LocalKv, openMemoryKv, withFaults } from './local-kv.ts';

const CREATED = '2026-11-24T03:00:00.000Z';
const LATER = '2026-11-24T04:00:00.000Z';

let local: LocalKv;
let kv: FaultyKv;
let store: SelectionStore;
let clockMs: number;
let background: Promise<unknown>[];

beforeAll(async () => {
  local = await openMemoryKv();
});
afterAll(() => local.dispose());
beforeEach(async () => {
  await local.clear();
  kv = withFaults(local.kv);
  clockMs = 1_000_000;
  background = [];
  store = createSelectionStore(kv, { ttlSeconds: 10, now: () => clockMs });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const read = (name = 'default'): ReturnType<SelectionStore['read']> =>
  store.read(name, (work) => background.push(work));

async function publish(
  seed: number,
  name = 'default',
  createdAt = CREATED,
): Promise<{ id: string; record: SelectionRecord }> {
  const record = buildSelection(seed);
  const { id } = await publishSelection(local.kv, name, encodeSelection(record), { createdAt });
  return { id, record };
}

const listAll = async (): Promise<ListedSelection[]> => [...(await listWhatThereIs()).items];
const listWhatThereIs = async (): ReturnType<SelectionStore['list']> =>
  store.list((await store.names('all')).names);

async function settleBackground(): Promise<void> {
  await Promise.all(background.splice(0));
}

const storageError = (message: string | RegExp): Error =>
  expect.objectContaining({
    code: 'STORAGE_FAILED',
    retryable: true,
    message: expect.stringMatching(message) as string,
  }) as Error;

describe('read', () => {
  it('gives what was published', async () => {
    const { id, record } = await publish(1);
    expect(await read()).toEqual({
      id,
      name: 'default',
      createdAt: CREATED,
      publishedAt: CREATED,
      isCanary: null,
      record,
    });
  });

  it('tells the first publish of the bytes from the switch of the name', async () => {
    await publish(1, 'other', CREATED);
    await publish(1, 'default', LATER);
    expect(await read()).toMatchObject({ createdAt: CREATED, publishedAt: LATER });
  });

  it.each(['absent', 'Not A Name', '', '../record', 'n'.repeat(65)])('gives null for %j', async (name) => {
    expect(await read(name)).toBeNull();
  });

  it('asks KV nothing for text that cannot be a name', async () => {
    await read('Not A Name');
    expect(kv.calls).toEqual([]);
  });

  it('gives the time of the switch when the record was written without metadata', async () => {
    const { id } = await publish(1);
    await kv.put(recordKey(id), encodeSelection(buildSelection(1)));
    expect(await read()).toMatchObject({ createdAt: CREATED });
  });
});

describe('the cache of an isolate', () => {
  it('reads the name and the record once within the TTL', async () => {
    const { id } = await publish(1);
    await read();
    clockMs += 9_999;
    await read();
    expect(kv.calls).toEqual([`get ${nameKey('default')}`, `get ${recordKey(id)}`]);
  });

  it('shares one read among concurrent callers', async () => {
    const { id } = await publish(1);
    const all = await Promise.all(Array.from({ length: 20 }, () => read()));
    expect(new Set(all.map((selection) => selection?.id))).toEqual(new Set([id]));
    expect(kv.calls).toHaveLength(2);
  });

  it('answers with the old selection after the TTL, and with the new one once the background read is done', async () => {
    const first = await publish(1);
    await read();
    const second = await publish(2);
    clockMs += 10_000;
    expect((await read())?.id).toBe(first.id);
    await settleBackground();
    expect((await read())?.id).toBe(second.id);
  });

  it('starts one background read however many ask', async () => {
    await publish(1);
    await read();
    kv.calls.length = 0;
    clockMs += 10_000;
    await Promise.all(Array.from({ length: 20 }, () => read()));
    await settleBackground();
    expect(kv.calls).toEqual([`get ${nameKey('default')}`]); // the record is immutable: not read again
  });

  it('serves another name of the same record without reading the record again', async () => {
    await publish(1, 'a');
    await publish(1, 'b');
    await read('a');
    kv.calls.length = 0;
    await read('b');
    expect(kv.calls).toEqual([`get ${nameKey('b')}`]);
  });

  it('keeps an absent name for the TTL and then waits for KV', async () => {
    expect(await read()).toBeNull();
    const { id } = await publish(1);
    expect(await read()).toBeNull();
    clockMs += 10_000;
    expect((await read())?.id).toBe(id);
  });

  it('forgets the longest unused name when many are asked for', async () => {
    await publish(1);
    await read();
    for (let i = 0; i < 256; i++) await read(`absent-${i}`);
    kv.calls.length = 0;
    await read();
    expect(kv.calls).toEqual([`get ${nameKey('default')}`]);
  });

  it('holds no more than 32 MiB of records: those that came first, and in time what is asked for again and again', async () => {
    const large = (seed: number): Uint8Array =>
      encodeSelection(buildSelection(seed, { dim: 2048, k: 1500, projection: 'map', fusion: 'identity' })); // 12 MB
    for (const seed of [1, 2, 3]) {
      await publishSelection(local.kv, `large-${seed}`, large(seed), { createdAt: CREATED });
      await read(`large-${seed}`);
    }
    const isRead = async (seed: number): Promise<boolean> => {
      kv.calls.length = 0;
      await read(`large-${seed}`);
      return kv.calls.length > 0;
    };
    const reads: boolean[] = [];
    for (const seed of [1, 2, 3, 1, 2, 3]) reads.push(await isRead(seed));
    expect(reads).toEqual([false, false, true, false, false, true]);
    let asked = 0;
    while ((await isRead(3)) && asked < 20) asked++;
    expect(asked).toBeLessThan(8);
    expect([await isRead(2), await isRead(1)]).toEqual([false, true]);
  });
});

describe('when KV fails', () => {
  const outage = (): never => {
    throw new Error('KV GET failed: 503 Service Unavailable');
  };

  it('serves the last known selection, and asks again after another TTL', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const first = await publish(1);
    await read();
    const second = await publish(2);
    kv.fault = outage;
    clockMs += 10_000;
    expect((await read())?.id).toBe(first.id);
    await settleBackground();
    expect(log).toHaveBeenCalledOnce();
    kv.calls.length = 0;
    expect((await read())?.id).toBe(first.id);
    expect(kv.calls).toEqual([]);
    kv.fault = null;
    clockMs += 10_000;
    await read();
    await settleBackground();
    expect((await read())?.id).toBe(second.id);
  });

  it('throws a retryable STORAGE_FAILED with nothing at hand, then recovers', async () => {
    const { id } = await publish(1);
    kv.fault = outage;
    await expect(read()).rejects.toThrow(storageError(/^Storage did not read; try again$/));
    kv.fault = null;
    expect((await read())?.id).toBe(id);
  });

  it('throws for a name last seen absent', async () => {
    await read();
    kv.fault = outage;
    clockMs += 10_000;
    await expect(read()).rejects.toThrow(storageError(/did not read/));
  });

  it('gives up on a read that hangs, for every caller, and reads anew for the next', async () => {
    const { id } = await publish(1);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      kv.fault = () => new Promise(() => undefined);
      const outcomes = Promise.allSettled([read(), read()]);
      // The first caller's own deadline; the second one waited as long, then tries itself.
      await vi.advanceTimersByTimeAsync(5_000);
      await vi.advanceTimersByTimeAsync(5_000);
      for (const outcome of await outcomes) {
        expect(outcome).toEqual({
          status: 'rejected',
          reason: storageError(/did not answer within 5000 ms/),
        });
      }
    } finally {
      vi.useRealTimers();
    }
    kv.fault = null;
    expect((await read())?.id).toBe(id);
  });

  it('gives up on a record that hangs when it is asked for by its id', async () => {
    const { id, record } = await publish(1);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      kv.fault = () => new Promise(() => undefined);
      const outcome = Promise.allSettled([store.record(id)]);
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await outcome).toEqual([
        { status: 'rejected', reason: storageError(/did not answer within 5000 ms/) },
      ]);
    } finally {
      vi.useRealTimers();
    }
    kv.fault = null;
    expect(await store.record(id)).toEqual(record);
  });
});

describe('when KV holds what it should not', () => {
  const pointerTo = (id: string, publishedAt: string): Uint8Array =>
    encodeNamePointer({ id, publishedAt, previous: [], canary: null, events: [] }, 'default');

  it('throws for a record whose bytes are not those its key names', async () => {
    const { id } = await publish(1);
    await kv.put(recordKey(id), encodeSelection(buildSelection(2)));
    await expect(read()).rejects.toThrow(storageError(`content hash [0-9a-f]{64}, expected ${id}`));
  });

  it('throws for a corrupt name', async () => {
    await kv.put(nameKey('default'), 'oops');
    await expect(read()).rejects.toThrow(
      storageError(/Corrupt stored value selection:v2:name:default: it does not begin/),
    );
  });

  it('throws for a name that came before its record', async () => {
    await kv.put(nameKey('default'), pointerTo('ab'.repeat(32), CREATED));
    await expect(read()).rejects.toThrow(storageError(/points at record (ab){32}, which is not here yet/));
  });

  it('serves the old selection while the new name has no record yet', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { id } = await publish(1);
    await read();
    await kv.put(nameKey('default'), pointerTo('ab'.repeat(32), LATER));
    clockMs += 10_000;
    await read();
    await settleBackground();
    expect((await read())?.id).toBe(id);
  });
});

describe('list', () => {
  it('gives every selection by name', async () => {
    const mask = await publish(2, 'mi-50');
    const full = await publish(1, 'default');
    const listed = await listAll();
    expect(listed.map(({ name, id }) => ({ name, id }))).toEqual([
      { name: 'default', id: full.id },
      { name: 'mi-50', id: mask.id },
    ]);
  });

  it('is empty without any', async () => {
    expect(await listAll()).toEqual([]);
  });

  it('lists once within the TTL', async () => {
    await publish(1);
    await listAll();
    await listAll();
    expect(kv.calls.filter((call) => call.startsWith('list'))).toHaveLength(3);
  });

  it('passes over keys that are not names and reads every page', async () => {
    kv.pageSize = 2;
    await local.kv.put('selection:v2:name:Not A Name', 'x');
    for (const name of ['a', 'b', 'c', 'd']) await publish(1, name);
    expect((await listAll()).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(kv.calls.filter((call) => call.startsWith('list'))).toHaveLength(5);
  });

  it('leaves out one that cannot be read, and logs it', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await publish(1);
    await local.kv.put(nameKey('bad'), '{}');
    expect((await listAll()).map(({ name }) => name)).toEqual(['default']);
    expect(log).toHaveBeenCalledExactlyOnceWith(
      'Left selection "bad" out of the list:',
      storageError(/Corrupt stored value selection:v2:name:bad/),
    );
    await expect(read('bad')).rejects.toThrow(storageError(/Corrupt stored value selection:v2:name:bad/));
  });

  it('tells each that cannot be read, also where none can', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await local.kv.put(nameKey('bad'), '{}');
    await local.kv.put(nameKey('worse'), 'x');
    expect(await store.list(['worse', 'gone', 'bad'])).toEqual({
      items: [],
      leftOut: [
        { name: 'worse', error: storageError(/Corrupt stored value selection:v2:name:worse/) },
        { name: 'bad', error: storageError(/Corrupt stored value selection:v2:name:bad/) },
      ],
    });
  });
});
