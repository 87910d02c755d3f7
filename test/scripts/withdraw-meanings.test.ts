import { afterAll, beforeAll, expect, it } from 'vitest';
import { withdrawMeanings } from '../../scripts/selection/withdraw-meanings.ts';
import { meaningsKey, recordKey } from '../../src/format/kv-keys.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { startCanary } from '../../src/storage/canary.ts';
import { createMeaningStore, storeMeanings } from '../../src/storage/meaning-store.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';

const AT = { createdAt: '2026-11-29T00:00:00.000Z' };
const record = buildSelection(1, { projection: 'mask', fusion: 'identity', dim: 8, k: 1 });
const end = { words: ['fox'], examples: [{ caption: 'a fox', picture: 'fox.png' }] };

let local: LocalKv;
beforeAll(async () => {
  local = await openMemoryKv();
});
afterAll(() => local.dispose());

it('takes away what the records of a name stand for, and nothing of another name', async () => {
  const { kv } = local;
  const bytes = ['first', 'second', 'canary', 'other'].map((strategy) =>
    encodeSelection({ ...record, strategy }),
  );
  const { id: first } = await publishSelection(kv, 'mine', bytes[0], AT);
  const { id: second } = await publishSelection(kv, 'mine', bytes[1], AT);
  const { canary } = await startCanary(kv, 'mine', bytes[2], { ...AT, share: 10 });
  const { id: other } = await publishSelection(kv, 'other', bytes[3], AT);
  if (canary === null) throw new Error('no canary');
  // The second has none.
  for (const id of [first, canary.id, other])
    await storeMeanings(kv, id, { coordinates: [{ high: end, low: end }] });

  const { name, withdrawn } = await withdrawMeanings(kv, 'mine');
  expect([name, [...withdrawn].sort()]).toEqual(['mine', [first, canary.id].sort()]);
  const read = (id: string) => createMeaningStore(kv).read(id, 1);
  expect(await Promise.all([first, second, canary.id].map(read))).toEqual([null, null, null]);
  expect(await read(other)).toEqual({ coordinates: [{ high: end, low: end }] });
  expect(await kv.get(meaningsKey(first), { type: 'arrayBuffer' })).toBeNull();
  for (const id of [first, second, canary.id])
    expect(await kv.get(recordKey(id), { type: 'arrayBuffer' })).not.toBeNull();
  expect(await withdrawMeanings(kv, 'mine')).toEqual({ name: 'mine', withdrawn: [] });
  await expect(withdrawMeanings(kv, 'nobody')).rejects.toThrow('No selection is published as "nobody"');
});
