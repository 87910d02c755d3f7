import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedSelections } from '../../scripts/start/seed.ts';
import { recordKey } from '../../src/format/kv-keys.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { createSelectionStore } from '../../src/storage/selection-store.ts';
import { readPointer } from '../../src/storage/selection-kv.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';

const SAMPLE = buildSelection(1);
const DAMAGED = Uint8Array.of(1, 2, 3);

let memory: LocalKv;
let state: string;
let told: string[];
beforeAll(async () => {
  memory = await openMemoryKv();
});
afterAll(() => memory.dispose());
beforeEach(async () => {
  await memory.clear();
  state = await mkdtemp(join(tmpdir(), 'alignql-seed-'));
  told = [];
});
afterEach(() => rm(state, { recursive: true }));

const seed = (): Promise<void> =>
  seedSelections({
    kv: memory.kv,
    state,
    encoder: { ...SAMPLE.encoder, dim: SAMPLE.model.dim },
    makeSample: () => Promise.resolve(encodeSelection(SAMPLE)),
    tell: (line) => told.push(line),
  });

const publishedNames = async (): Promise<string[]> =>
  (await createSelectionStore(memory.kv).list()).map(({ name }) => name);

describe('seedSelections, where a stored record cannot be read', () => {
  it('makes a sample of an earlier start anew', async () => {
    await seed();
    const pointer = await readPointer(memory.kv, 'default');
    await memory.kv.put(recordKey(pointer?.id ?? ''), DAMAGED);
    await seed();
    expect(await publishedNames()).toEqual(['default', 'mi-50']);
    expect(told).toEqual([]);
  });

  it("says so of a user's own, and leaves it", async () => {
    const own = await publishSelection(memory.kv, 'default', encodeSelection(buildSelection(2)), {
      createdAt: '2026-11-24T03:00:00.000Z',
    });
    await memory.kv.put(recordKey(own.id), DAMAGED);
    await seed();
    expect((await readPointer(memory.kv, 'default'))?.id).toBe(own.id);
    expect(told).toEqual([
      expect.stringMatching(/"default" points at a record that is missing or cannot be read/),
    ]);
  });
});
