import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readPublished, seedSelections } from '../../scripts/start/seed.ts';
import { nameKey, recordKey } from '../../src/format/kv-keys.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { createMeaningStore } from '../../src/storage/meaning-store.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { readPointer, readRecord } from '../../src/storage/selection-kv.ts';
import { createSelectionStore } from '../../src/storage/selection-store.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';

const ENCODER = { id: 'a', dim: 12, fingerprint: 'a'.repeat(64) };
const DAMAGED = Uint8Array.of(1, 2, 3);
const OTHER = { id: 'b', dim: 12, fingerprint: 'a'.repeat(64) };

const END = { words: ['badger'], examples: [{ caption: 'a badger', picture: null }] };
const MEANINGS = { coordinates: Array.from({ length: 5 }, () => ({ high: END, low: END })) };

describe('the selections of a start', () => {
  let local: LocalKv;
  let state: string;
  let made: string[];
  let told: string[];

  beforeAll(async () => {
    local = await openMemoryKv();
  });
  afterAll(() => local.dispose());
  beforeEach(async () => {
    await local.clear();
    state = mkdtempSync(join(tmpdir(), 'alignql-seed-'));
    made = [];
    told = [];
  });

  afterEach(() => rmSync(state, { recursive: true }));

  const seed = (encoder: typeof ENCODER): Promise<void> =>
    seedSelections({
      kv: local.kv,
      state,
      encoder,
      makeSample: ({ name, strategy }) => {
        made.push(name);
        const bytes = encodeSelection({ ...buildSelection(1), encoder, strategy });
        return Promise.resolve({ bytes, meanings: MEANINGS });
      },
      tell: (line) => told.push(line),
    });
  const published = async (name: string): Promise<string | undefined> => {
    const pointer = await readPointer(local.kv, name);
    const stored = pointer && (await readRecord(local.kv, pointer.id));
    return stored ? `${stored.record.encoder.id} ${stored.record.strategy}` : undefined;
  };

  it('are made where KV is empty, and only there', async () => {
    await seed(ENCODER);
    expect(await published('default')).toBe('a full');
    expect(await published('mi-50')).toBe('a mutual-information');
    await seed(ENCODER);
    expect(made).toEqual(['default', 'mi-50']);
    expect(told).toEqual([]);
    const id = (await readPointer(local.kv, 'default'))?.id ?? '';
    expect(await createMeaningStore(local.kv).read(id, 5)).toEqual(MEANINGS);
  });

  it('are made anew for another encoder when a start had put them there', async () => {
    await seed(ENCODER);
    await seed(OTHER);
    expect(await published('default')).toBe('b full');
    expect(await published('mi-50')).toBe('b mutual-information');
  });

  it('leave alone what someone published, and say when it is for another encoder', async () => {
    await seed(ENCODER);
    const own = encodeSelection({ ...buildSelection(2), encoder: ENCODER, strategy: 'variance' });
    await publishSelection(local.kv, 'default', own, { createdAt: '2026-11-24T03:00:00.000Z' });
    await seed(ENCODER);
    expect(told).toEqual([]);
    await seed(OTHER);
    expect(await published('default')).toBe('a variance');
    expect(told).toEqual([
      'Note: selection "default" is for encoder "a"; this server runs "b". It stays as it is.',
    ]);
    expect(await published('mi-50')).toBe('b mutual-information');
  });

  it('are made anew where the record of an earlier start cannot be read', async () => {
    await seed(ENCODER);
    const pointer = await readPointer(local.kv, 'default');
    await local.kv.put(recordKey(pointer?.id ?? ''), DAMAGED);
    await seed(ENCODER);
    const store = createSelectionStore(local.kv);
    const { names } = await store.names('all');
    expect((await store.list(names)).items.map(({ name }) => name)).toEqual(['default', 'mi-50']);
    expect(told).toEqual([]);
  });

  it('are made anew where their name is damaged; one that may be of someone else stays, and is told', async () => {
    await seed(ENCODER);
    const damage = async (name: string, at: (bytes: Uint8Array) => number): Promise<void> => {
      const bytes = new Uint8Array((await local.kv.get(nameKey(name), { type: 'arrayBuffer' })) ?? []);
      await local.kv.put(nameKey(name), bytes.with(at(bytes), bytes[at(bytes)] ^ 1));
    };
    await damage('default', (bytes) => bytes.length - 1);
    await damage('mi-50', (bytes) => bytes.indexOf(0x7b) + 10); // in the id
    await seed(ENCODER);
    expect(await published('default')).toBe('a full');
    await expect(readPointer(local.kv, 'mi-50')).rejects.toThrow('checksum');
    expect(told).toEqual([
      expect.stringMatching(/^Note: selection "default" is damaged, and made anew: .*checksum/),
      expect.stringMatching(/^Note: selection "mi-50" is damaged: .*npm run -s publish -- DIR --name mi-50$/),
    ]);
    expect(await readPublished(local.kv, 'mi-50')).toBeNull();
  });

  it('leave alone what someone published and cannot be read, and say so', async () => {
    const own = await publishSelection(local.kv, 'default', encodeSelection(buildSelection(2)), {
      createdAt: '2026-11-24T03:00:00.000Z',
    });
    await local.kv.put(recordKey(own.id), DAMAGED);
    await seed(ENCODER);
    expect((await readPointer(local.kv, 'default'))?.id).toBe(own.id);
    expect(told).toEqual([
      expect.stringMatching(/"default" points at a record that is missing or cannot be read/),
    ]);
  });
});
