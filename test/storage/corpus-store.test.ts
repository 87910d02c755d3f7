import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { segmentKey } from '../../src/format/kv-keys.ts';
import { createCorpusStore } from '../../src/storage/corpus-store.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { storageError } from '../format/storage-error.ts';
import { makeCorpus } from '../search/made-corpus.ts';
import { type FaultyKv, type LocalKv, openMemoryKv, withFaults } from './local-kv.ts';

let local: LocalKv;
let kv: FaultyKv;
beforeAll(async () => {
  local = await openMemoryKv();
});
beforeEach(async () => {
  await local.clear();
  kv = withFaults(local.kv);
});
afterAll(() => local.dispose());

const record = buildSelection(3, { projection: 'mask', fusion: 'identity', dim: 8, k: 3 });

describe('values of a segment', () => {
  it('are read once by all that ask at the same moment', async () => {
    const { manifest } = await makeCorpus(kv, { plan: 'compact', record, count: 20 });
    const [segment] = manifest.segments;
    const store = createCorpusStore(kv);
    kv.calls.length = 0;
    const indices = Array.from({ length: 20 }, (_, i) => i);
    const items = await Promise.all(indices.map((index) => store.item(segment, index)));
    expect(items.map(({ id }) => id)).toEqual(indices.map((i) => `v${i}`));
    await Promise.all(indices.map(() => store.fields(segment)));
    await Promise.all(indices.map((index) => store.fullChunk(8, segment, index)));
    expect(kv.calls).toEqual(
      (['items:0', 'fields', 'full:0'] as const).map((part) => `get ${segmentKey(segment.id, part)}`),
    );
  });

  it('are asked for again after a read that failed', async () => {
    const { manifest } = await makeCorpus(kv, { plan: 'full', record, count: 2 });
    const [segment] = manifest.segments;
    const store = createCorpusStore(kv);
    kv.fault = () => {
      throw new Error('outage');
    };
    await expect(store.item(segment, 0)).rejects.toThrow(storageError(/did not read/));
    kv.fault = null;
    expect((await store.item(segment, 1)).id).toBe('v1');
  });
});

describe('a manifest', () => {
  const HOUR_MS = 3_600_000;
  const made = { plan: 'full', record, count: 2 } as const;

  it('is asked for again before the answer once its segments may have been deleted', async () => {
    let now = 0;
    const store = createCorpusStore(kv, { now: () => now });
    await makeCorpus(kv, made);
    expect((await store.read('made'))?.manifest.segments[0].count).toBe(2);
    await makeCorpus(kv, { ...made, count: 3 });
    now += HOUR_MS;
    expect((await store.read('made'))?.manifest.segments[0].count).toBe(3);
  });

  it('and the list of corpora are a second old at most', async () => {
    let now = 0;
    const store = createCorpusStore(kv, { now: () => now });
    await makeCorpus(kv, made);
    const seen = async (): Promise<unknown> =>
      (await store.list((await store.names('all')).names)).items.map(({ name, manifest }) => [
        name,
        manifest.segments[0].count,
      ]);
    expect(await seen()).toEqual([['made', 2]]);
    await makeCorpus(kv, { ...made, count: 3 });
    await makeCorpus(kv, { ...made, name: 'other' });
    now += 999;
    expect(await seen()).toEqual([['made', 2]]);
    now += 1;
    expect(await seen()).toEqual([
      ['made', 3],
      ['other', 2],
    ]);
  });

  it('goes on serving after a long time when storage does not answer', async () => {
    let now = 0;
    const store = createCorpusStore(kv, { now: () => now });
    await makeCorpus(kv, made);
    await store.read('made');
    now += HOUR_MS;
    const error = vi.spyOn(console, 'error').mockReturnValue(undefined);
    kv.fault = () => {
      throw new Error('outage');
    };
    expect((await store.read('made'))?.manifest.segments[0].count).toBe(2);
    expect(error).toHaveBeenCalledOnce();
    error.mockRestore();
  });
});
