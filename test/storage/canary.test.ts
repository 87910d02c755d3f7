import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readHistory } from '../../scripts/selection/read-history.ts';
import { recordKey } from '../../src/format/kv-keys.ts';
import { MAX_EVENTS } from '../../src/format/name-pointer.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { abortCanary, promoteCanary, startCanary } from '../../src/storage/canary.ts';
import { recordFor } from '../../src/storage/canary-share.ts';
import { migrateName, publishSelection, rollbackSelection } from '../../src/storage/publish-selection.ts';
import { readPointer } from '../../src/storage/selection-kv.ts';
import { createSelectionStore } from '../../src/storage/selection-store.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type LocalKv, openMemoryKv } from './local-kv.ts';

let local: LocalKv;
let name: string;
let count = 0;
beforeAll(async () => {
  local = await openMemoryKv();
});
beforeEach(() => {
  name = `name-${count++}`;
});
afterAll(() => local.dispose());

const bytesOf = (seed: number): Uint8Array =>
  encodeSelection({ ...buildSelection(seed), strategy: `${name} ${seed}` });
const at = (minute: number) => ({ createdAt: new Date(minute * 60_000).toISOString(), by: 'ann' });
const refusal = (code: string, message: RegExp): Error =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;
const addresses = Array.from({ length: 2000 }, (_, i) => `192.0.2.${i % 256}-${i >> 8}`);

describe('a canary', () => {
  it('is given to about its share of callers, to each always the same, and to more when its share grows', async () => {
    const first = await publishSelection(local.kv, name, bytesOf(1), at(1));
    const state = await startCanary(local.kv, name, bytesOf(2), { ...at(2), share: 10 });
    expect(state).toEqual({ name, id: first.id, canary: { id: state.canary.id, share: 10 } });
    const pointer = await readPointer(local.kv, name);
    if (pointer === null) throw new Error('no pointer');
    const chosen = (share: number): string[] =>
      addresses.filter((address) => {
        const given = recordFor(
          { ...pointer, canary: { ...state.canary, publishedAt: at(2).createdAt, share } },
          address,
        );
        expect(given.id).toBe(given.isCanary ? state.canary.id : first.id);
        return given.isCanary;
      });
    // Binomial of 2,000 at 10 percent: 200, standard deviation 13.4; five of those.
    expect(Math.abs(chosen(10).length - 200)).toBeLessThan(67);
    expect(chosen(10)).toEqual(chosen(10));
    expect(new Set(chosen(40))).toEqual(new Set([...chosen(40), ...chosen(10)]));
    expect(chosen(100)).toHaveLength(addresses.length);
    expect(recordFor(pointer)).toMatchObject({ id: first.id, isCanary: false });
  });

  it('is served by the store to its callers alone, until it is promoted', async () => {
    const first = await publishSelection(local.kv, name, bytesOf(1), at(1));
    const { canary } = await startCanary(local.kv, name, bytesOf(2), { ...at(2), share: 50 });
    let now = 0;
    const store = createSelectionStore(local.kv, { now: () => now });
    const seen = async () =>
      new Set(
        await Promise.all(
          addresses.slice(0, 40).map(async (a) => (await store.read(name, undefined, a))?.id),
        ),
      );
    expect(await seen()).toEqual(new Set([first.id, canary.id]));
    expect((await store.read(name))?.id).toBe(first.id);
    expect(await promoteCanary(local.kv, name, at(3))).toEqual({
      name,
      id: canary.id,
      previous: first.id,
      changed: true,
      earlier: 1,
    });
    now += 20_000;
    await seen();
    await vi.waitFor(async () => expect(await seen()).toEqual(new Set([canary.id])), 60_000);
    expect((await readPointer(local.kv, name))?.events.map(({ action, by }) => `${action} ${by}`)).toEqual([
      'promote ann',
      'canary ann',
      'publish ann',
    ]);
    const currents = async (): Promise<string[]> =>
      (await readHistory(local.kv, name)).entries
        .filter(({ current }) => current)
        .map(({ action, at: time }) => `${action} ${time}`);
    expect(await currents()).toEqual([`promote ${at(3).createdAt}`]);
    await rollbackSelection(local.kv, name, at(4));
    expect(await currents()).toEqual([`rollback ${at(4).createdAt}`]);
    await startCanary(local.kv, name, bytesOf(2), { ...at(5), share: 20 });
    await abortCanary(local.kv, name, at(6));
    expect(await currents()).toEqual([`rollback ${at(4).createdAt}`]);
  });

  it('ends without a trace in what is served when it is aborted', async () => {
    const first = await publishSelection(local.kv, name, bytesOf(1), at(1));
    const { canary } = await startCanary(local.kv, name, bytesOf(2), { ...at(2), share: 50 });
    expect(await abortCanary(local.kv, name, at(3))).toEqual({ name, id: first.id, aborted: canary.id });
    expect(await readPointer(local.kv, name)).toMatchObject({ id: first.id, canary: null, previous: [] });
  });

  it('whose record is damaged or not there fails nobody', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const first = await publishSelection(local.kv, name, bytesOf(1), at(1));
    const { canary } = await startCanary(local.kv, name, bytesOf(2), { ...at(2), share: 100 });
    await local.kv.put(recordKey(canary.id), 'damaged');
    const store = createSelectionStore(local.kv);
    expect(await store.read(name, undefined, 'a')).toMatchObject({ id: first.id, isCanary: null });
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
    await expect(promoteCanary(local.kv, name, at(3))).rejects.toThrow(
      refusal('STORAGE_FAILED', /content hash/),
    );
  });

  it('is refused where it makes no sense, and holds up a publish and a rollback', async () => {
    await expect(startCanary(local.kv, name, bytesOf(1), { ...at(1), share: 1 })).rejects.toThrow(
      refusal('SELECTION_NOT_FOUND', /publish one without --share first/),
    );
    await publishSelection(local.kv, name, bytesOf(1), at(1));
    for (const end of [promoteCanary, abortCanary]) {
      await expect(end(local.kv, name, at(2))).rejects.toThrow(refusal('BAD_INPUT', /^No canary of/));
    }
    await expect(startCanary(local.kv, name, bytesOf(1), { ...at(1), share: 1 })).rejects.toThrow(
      refusal('BAD_INPUT', /points at already/),
    );
    const foreign = encodeSelection({
      ...buildSelection(2),
      encoder: { id: 'other', fingerprint: 'f'.repeat(64) },
    });
    await expect(startCanary(local.kv, name, foreign, { ...at(1), share: 1 })).rejects.toThrow(
      refusal('BAD_INPUT', /for encoder "other"/),
    );
    await startCanary(local.kv, name, bytesOf(2), { ...at(2), share: 1 });
    await expect(publishSelection(local.kv, name, bytesOf(3), at(3))).rejects.toThrow(
      refusal('BAD_INPUT', /end that first, with publish --promote or --abort/),
    );
    await expect(rollbackSelection(local.kv, name, at(3))).rejects.toThrow(
      refusal('BAD_INPUT', /end that first, with publish --promote or --abort/),
    );
  });
});

describe('the history of a name', () => {
  it('is what was done to it, latest first, and any record in it can be switched to', async () => {
    const ids: string[] = [];
    for (const seed of [1, 2, 3])
      ids.push((await publishSelection(local.kv, name, bytesOf(seed), at(seed))).id);
    const [first, second, third] = ids;
    const to = (id: string, minute: number) => rollbackSelection(local.kv, name, at(minute), id);
    expect(await to(first.slice(0, 8), 4)).toMatchObject({ id: first, previous: third, earlier: 0 });
    expect(await to(third, 5)).toMatchObject({ id: third, previous: first, earlier: 1 });
    expect(await to(third, 6)).toMatchObject({ id: third, changed: false });
    const pointer = await readPointer(local.kv, name);
    expect(pointer?.events.map(({ action, id }) => [action, id])).toEqual([
      ['rollback', third],
      ['rollback', first],
      ['publish', third],
      ['publish', second],
      ['publish', first],
    ]);
    await expect(to('0'.repeat(8), 7)).rejects.toThrow(refusal('BAD_INPUT', /is not in the history/));
    await expect(to('short', 7)).rejects.toThrow(refusal('BAD_INPUT', /first 8 hexadecimal digits/));
  });

  it(`holds ${MAX_EVENTS} events`, async () => {
    await publishSelection(local.kv, name, bytesOf(1), at(1));
    await publishSelection(local.kv, name, bytesOf(2), at(1));
    const [first, second] = ((await readPointer(local.kv, name))?.events ?? [])
      .map(({ id }) => id)
      .toReversed();
    for (let i = 0; i < MAX_EVENTS; i++) {
      await rollbackSelection(local.kv, name, at(2 + i), i % 2 === 0 ? first : second);
    }
    const events = (await readPointer(local.kv, name))?.events;
    expect(events).toHaveLength(MAX_EVENTS);
    expect(events?.map(({ action }) => action)).toEqual(Array(MAX_EVENTS).fill('rollback'));
  });
});

describe('a name of an earlier version', () => {
  const old = (id: string): string => JSON.stringify({ id, publishedAt: at(1).createdAt, previous: [] });

  it('is taken over once its record is verified, beside the old one', async () => {
    const { id } = await publishSelection(local.kv, `${name}-other`, bytesOf(1), at(1));
    await local.kv.put(`selection:v1:name:${name}`, old(id));
    expect(await migrateName(local.kv, name, at(2))).toBe(true);
    expect(await migrateName(local.kv, name, at(3))).toBe(false);
    expect((await readPointer(local.kv, name))?.events.map(({ action }) => action)).toEqual([
      'migrate',
      'publish',
    ]);
    expect((await createSelectionStore(local.kv).read(name))?.id).toBe(id);
    expect((await local.kv.list({ prefix: `selection:v1:name:${name}` })).keys).toHaveLength(1);
  });

  it('is left where its record is not there', async () => {
    await local.kv.put(`selection:v1:name:${name}`, old('ab'.repeat(32)));
    await expect(migrateName(local.kv, name, at(2))).rejects.toThrow(
      refusal('STORAGE_FAILED', /is not in storage/),
    );
  });

  it('goes on in the history of what is published over it', async () => {
    const { id } = await publishSelection(local.kv, `${name}-other`, bytesOf(1), at(1));
    await local.kv.put(`selection:v1:name:${name}`, old(id));
    expect(await publishSelection(local.kv, name, bytesOf(2), at(2))).toMatchObject({
      previous: id,
      earlier: 1,
    });
    expect(await rollbackSelection(local.kv, name, at(3))).toMatchObject({ id, earlier: 0 });
  });
});
