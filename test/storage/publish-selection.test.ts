import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nameKey, oldNameKey, recordKey } from '../../src/format/kv-keys.ts';
import { MAX_HISTORY } from '../../src/format/name-pointer.ts';
import { encodeSelection, selectionId } from '../../src/format/selection-record.ts';
import { readHistory } from '../../scripts/selection/read-history.ts';
import { withdrawMeanings } from '../../scripts/selection/withdraw-meanings.ts';
import { abortCanary, promoteCanary, startCanary } from '../../src/storage/canary.ts';
import { publishSelection, rollbackSelection } from '../../src/storage/publish-selection.ts';
import { readPointer, readRecord, recordMetadata } from '../../src/storage/selection-kv.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type FaultyKv, type LocalKv, openMemoryKv, withFaults } from './local-kv.ts';

let local: LocalKv;
let kv: FaultyKv;
let name: string;
let count = 0;

beforeAll(async () => {
  local = await openMemoryKv();
});
afterAll(() => local.dispose());
beforeEach(() => {
  kv = withFaults(local.kv);
  name = `name-${count++}`; // a name of its own for every test: the namespace is shared
});

/** Bytes that no other test stores. */
const bytesOf = (seed: number): Uint8Array =>
  encodeSelection({ ...buildSelection(seed), strategy: `${name} ${seed}` });
const at = (minute: number): { createdAt: string } => ({
  createdAt: new Date(minute * 60_000).toISOString(),
});
const appError = (code: string, message: string | RegExp): Error =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

describe('publishing', () => {
  it('stores the record under its hash with its time, and points the name at it', async () => {
    const bytes = bytesOf(1);
    const id = await selectionId(bytes);
    expect(await publishSelection(kv, name, bytes, at(1))).toEqual({
      name,
      id,
      previous: null,
      changed: true,
      earlier: 0,
    });
    const stored = await kv.getWithMetadata(recordKey(id), { type: 'arrayBuffer' });
    expect(new Uint8Array(stored.value ?? new ArrayBuffer(0))).toEqual(bytes);
    expect(stored.metadata).toEqual(recordMetadata(id, at(1).createdAt));
    expect(await readPointer(kv, name)).toEqual({
      id,
      publishedAt: at(1).createdAt,
      previous: [],
      canary: null,
      events: [{ action: 'publish', id, at: at(1).createdAt, by: '' }],
    });
  });

  it('writes the record and reads it back before the name', async () => {
    const bytes = bytesOf(1);
    const record = recordKey(await selectionId(bytes));
    await publishSelection(kv, name, bytes, at(1));
    expect(kv.calls).toEqual([
      `get ${nameKey(name)}`,
      `get ${oldNameKey(name)}`,
      `list ${record}`,
      `put ${record}`,
      `get ${record}`,
      `put ${nameKey(name)}`,
    ]);
  });

  it('changes nothing when the same bytes are published again', async () => {
    const bytes = bytesOf(1);
    await publishSelection(kv, name, bytes, at(1));
    kv.calls.length = 0;
    const again = await publishSelection(kv, name, bytes, at(2));
    expect(again).toEqual({
      name,
      id: await selectionId(bytes),
      previous: again.id,
      changed: false,
      earlier: 0,
    });
    expect(kv.calls.filter((call) => call.startsWith('put'))).toEqual([]);
  });

  it('keeps the first time of bytes that another name publishes too', async () => {
    const bytes = bytesOf(1);
    const { id } = await publishSelection(kv, name, bytes, at(1));
    await publishSelection(kv, `${name}-b`, bytes, at(2));
    expect((await readRecord(kv, id))?.createdAt).toBe(at(1).createdAt);
    expect((await readPointer(kv, `${name}-b`))?.publishedAt).toBe(at(2).createdAt);
  });

  it('leaves the name alone when the record does not read back as written', async () => {
    const first = await publishSelection(kv, name, bytesOf(1), at(1));
    const second = bytesOf(2);
    const key = recordKey(await selectionId(second));
    kv.fault = async (call) => {
      if (call === `get ${key}`) await local.kv.put(key, second.subarray(1));
    };
    await expect(publishSelection(kv, name, second, at(2))).rejects.toThrow(
      appError('STORAGE_FAILED', /does not read back as it was written; the name was not switched/),
    );
    kv.fault = null;
    expect((await readPointer(kv, name))?.id).toBe(first.id);
    // The next publish finds the damaged record and writes it anew.
    const { id } = await publishSelection(kv, name, second, at(3));
    expect((await readRecord(kv, id))?.id).toBe(id);
  });

  it('leaves the name alone when the record cannot be written', async () => {
    const first = await publishSelection(kv, name, bytesOf(1), at(1));
    kv.fault = (call) => {
      if (call.startsWith('put selection:v1:record')) throw new Error('KV PUT failed: 500');
    };
    await expect(publishSelection(kv, name, bytesOf(2), at(2))).rejects.toThrow(
      appError('STORAGE_FAILED', /did not write/),
    );
    kv.fault = null;
    expect((await readPointer(kv, name))?.id).toBe(first.id);
  });

  it('refuses bytes that are no record, too many bytes and a bad name, and writes nothing', async () => {
    await expect(publishSelection(kv, name, new Uint8Array(200), at(1))).rejects.toThrow(
      appError('STORAGE_FAILED', /magic 0x00000000, expected/),
    );
    await expect(publishSelection(kv, name, new Uint8Array(25 * 1024 * 1024 + 1), at(1))).rejects.toThrow(
      appError('LIMIT_EXCEEDED', /26214401 bytes; KV takes 26214400/),
    );
    await expect(publishSelection(kv, 'No Name', bytesOf(1), at(1))).rejects.toThrow(
      appError('BAD_INPUT', /"No Name"/),
    );
    expect(kv.calls.filter((call) => call.startsWith('put'))).toEqual([]);
  });

  it.each([nameKey, oldNameKey])(
    'replaces a damaged name and says so; all else says to publish again',
    async (keyOf) => {
      await kv.put(keyOf(name), '{"id":1}');
      const advice = new RegExp(
        `^Corrupt .*\\. Publish it again, .*: npm run -s publish -- DIR --name ${name}$`,
      );
      for (const act of [
        () => rollbackSelection(kv, name, at(1)),
        () => startCanary(kv, name, bytesOf(1), { ...at(1), share: 10 }),
        () => abortCanary(kv, name, at(1)),
        () => promoteCanary(kv, name, at(1)),
        () => withdrawMeanings(kv, name),
        ...(keyOf === nameKey ? [() => readHistory(kv, name)] : []),
      ]) {
        await expect(act()).rejects.toThrow(appError('STORAGE_FAILED', advice));
      }
      const told: string[] = [];
      const publish = () =>
        publishSelection(kv, name, bytesOf(1), at(1), ({ message }) => told.push(message));
      expect(await publish()).toMatchObject({ previous: null, changed: true, earlier: 0 });
      expect(told).toEqual([expect.stringMatching(/^Corrupt /)]);
      expect(await readHistory(kv, name)).toMatchObject({ entries: [{ action: 'publish', current: true }] });
      expect(await publish()).toMatchObject({ changed: false });
      expect(told).toHaveLength(1);
    },
  );

  it('takes no name for damaged that cannot be read at the moment', async () => {
    await publishSelection(kv, name, bytesOf(1), at(1));
    kv.fault = (call) => (call === `get ${nameKey(name)}` ? Promise.reject(new Error('away')) : undefined);
    await expect(publishSelection(kv, name, bytesOf(2), at(2))).rejects.toThrow('Storage did not read');
    kv.fault = null;
    expect(await readPointer(kv, name)).toMatchObject({ id: await selectionId(bytesOf(1)) });
  });
});

describe('rolling back', () => {
  it('goes one publication back each time, then says that there is nothing earlier', async () => {
    const ids: string[] = [];
    for (const seed of [1, 2, 3]) ids.push((await publishSelection(kv, name, bytesOf(seed), at(seed))).id);
    const [first, second, third] = ids;
    expect(await rollbackSelection(kv, name, at(9))).toEqual({
      name,
      id: second,
      previous: third,
      changed: true,
      earlier: 1,
    });
    expect(await rollbackSelection(kv, name, at(9))).toEqual({
      name,
      id: first,
      previous: second,
      changed: true,
      earlier: 0,
    });
    await expect(rollbackSelection(kv, name, at(9))).rejects.toThrow(
      appError('BAD_INPUT', `Nothing was published as "${name}" before the current ${first}`),
    );
    expect(await readPointer(kv, name)).toMatchObject({
      id: first,
      publishedAt: at(1).createdAt,
      previous: [],
    });
  });

  it('can be undone by publishing again', async () => {
    await publishSelection(kv, name, bytesOf(1), at(1));
    const second = await publishSelection(kv, name, bytesOf(2), at(2));
    const back = await rollbackSelection(kv, name, at(9));
    expect(await publishSelection(kv, name, bytesOf(2), at(3))).toEqual({ ...second, previous: back.id });
  });

  it('refuses an unknown name', async () => {
    await expect(rollbackSelection(kv, name, at(9))).rejects.toThrow(
      appError('SELECTION_NOT_FOUND', `"${name}"`),
    );
  });

  it.each([
    ['gone', new Uint8Array(0), /content hash .*, expected/],
    ['corrupt', new Uint8Array(50), /content hash .*, expected/],
  ])('stays where it is when the earlier record is %s', async (_, value, message) => {
    const first = await publishSelection(kv, name, bytesOf(1), at(1));
    const second = await publishSelection(kv, name, bytesOf(2), at(2));
    await kv.put(recordKey(first.id), value);
    await expect(rollbackSelection(kv, name, at(9))).rejects.toThrow(appError('STORAGE_FAILED', message));
    expect((await readPointer(kv, name))?.id).toBe(second.id);
  });

  it(`reaches back over ${MAX_HISTORY} publications and no further`, async () => {
    const ids: string[] = [];
    for (let seed = 0; seed < MAX_HISTORY + 3; seed++)
      ids.push((await publishSelection(kv, name, bytesOf(seed), at(seed))).id);
    const pointer = await readPointer(kv, name);
    expect(pointer?.previous.map((earlier) => earlier.id)).toEqual(ids.slice(2, -1).reverse());
  });
});
