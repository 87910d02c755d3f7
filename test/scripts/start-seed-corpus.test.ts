import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import type { KVNamespace } from '@cloudflare/workers-types';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FreshVectors, freshInMemory } from '../../scripts/corpus/fresh-vectors.ts';
import { type ProjectKv, projectKv } from '../../scripts/kv/local-kv.ts';
import type { FoundSelection } from '../../scripts/selection/selection-file.ts';
import { SAMPLE_CORPUS, seedCorpus } from '../../scripts/start/seed-corpus.ts';
import { noteSeeded, readSeeded } from '../../scripts/start/seeded-file.ts';
import { corpusKey, oldCorpusKey } from '../../src/format/kv-keys.ts';
import { corpusCount, encodeManifest } from '../../src/format/corpus-manifest.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { buildSelection } from '../format/selection-builder.ts';

const BUDGET = 2 ** 22;
const ENCODER = { id: 'a', dim: 12, fingerprint: 'a'.repeat(64) };
const OTHER = { id: 'b', dim: 8, fingerprint: 'b'.repeat(64) };

/** A selection of its own id for every digit. */
function selectionOf({ id, fingerprint, dim }: typeof ENCODER, digit: string): FoundSelection {
  return {
    id: digit.repeat(64),
    record: { ...buildSelection(1, { dim, k: 4, fusion: 'identity' }), encoder: { id, fingerprint } },
  };
}

/** Three pictures, one along each of the first axes. */
function threeRows(dim: number): FreshVectors {
  const embeddings = new Float32Array(3 * dim);
  for (let row = 0; row < 3; row++) embeddings[row * dim + row] = 1;
  const items = ['x', 'y', 'z'].map((id) => ({ id, metadata: null }));
  return freshInMemory(items, dim, embeddings);
}

describe('the corpus of a start', () => {
  let miniflare: Miniflare;
  let kv: ProjectKv;
  let state: string;
  let madeFor: string[];
  let told: string[];

  beforeAll(() => {
    miniflare = new Miniflare({
      modules: true,
      script: 'export default { fetch: () => new Response() }',
      kvNamespaces: ['CORPORA'],
    });
  });
  afterAll(() => miniflare.dispose());
  beforeEach(async () => {
    kv = projectKv((await miniflare.getKVNamespace('CORPORA')) as unknown as KVNamespace);
    await kv.deleteMany(await storedKeys());
    state = mkdtempSync(join(tmpdir(), 'alignql-seed-'));
    madeFor = [];
    told = [];
  });
  afterEach(() => rmSync(state, { recursive: true }));

  const storedKeys = async (): Promise<string[]> =>
    (await kv.list({ prefix: '' })).keys.map(({ name }) => name);
  const seed = (encoder: typeof ENCODER, selection: FoundSelection | null): Promise<void> =>
    seedCorpus({
      kv,
      state,
      encoder,
      selection,
      makeRows: (found) => {
        madeFor.push(found.id[0]);
        return Promise.resolve(threeRows(encoder.dim));
      },
      budgetBytes: BUDGET,
      startProgress: () => ({ add: () => undefined, stop: () => undefined }),
      tell: (line) => told.push(line),
    });
  const packedFor = async (): Promise<string | undefined> => {
    const manifest = await readManifest(kv, SAMPLE_CORPUS);
    return manifest ? `${manifest.encoder.id} ${manifest.selection[0]}` : undefined;
  };

  it('is made where KV has none, and only there', async () => {
    await seed(ENCODER, selectionOf(ENCODER, '1'));
    const manifest = await readManifest(kv, SAMPLE_CORPUS);
    expect(manifest && corpusCount(manifest)).toBe(3);
    expect(manifest?.modality).toBe('image');
    await seed(ENCODER, selectionOf(ENCODER, '1'));
    expect(madeFor).toEqual(['1']);
    expect(told).toEqual([]);
  });

  it('is made anew for another record of "default" and for another encoder, leaving nothing behind', async () => {
    await seed(ENCODER, selectionOf(ENCODER, '1'));
    await seed(ENCODER, selectionOf(ENCODER, '2'));
    expect(await packedFor()).toBe('a 2');
    const before = await storedKeys();
    await seed(OTHER, selectionOf(OTHER, '3'));
    expect(await packedFor()).toBe('b 3');
    const after = await storedKeys();
    expect(after).toHaveLength(before.length);
    expect(after.filter((key) => before.includes(key))).toEqual([corpusKey(SAMPLE_CORPUS)]);
    expect(told).toEqual([]);
  });

  it('stays once someone has changed it, and is said to be of another encoder only then', async () => {
    await seed(ENCODER, selectionOf(ENCODER, '1'));
    const manifest = await readManifest(kv, SAMPLE_CORPUS);
    if (manifest === null) throw new Error('no manifest');
    const changed = { ...manifest, updatedAt: '2026-11-24T03:00:00.000Z' };
    await kv.put(corpusKey(SAMPLE_CORPUS), encodeManifest(changed, SAMPLE_CORPUS));
    await seed(ENCODER, selectionOf(ENCODER, '2'));
    expect(told).toEqual([]);
    await seed(OTHER, selectionOf(OTHER, '3'));
    expect(await packedFor()).toBe('a 1');
    expect(told).toEqual([
      'Note: corpus "samples" is of encoder "a"; this server runs "b". It stays as it is.',
    ]);
  });

  it('is made anew where what an earlier start wrote cannot be read, and stays where it is someone else’s', async () => {
    await kv.put(corpusKey(SAMPLE_CORPUS), '{"of":"another version"}');
    await seed(ENCODER, selectionOf(ENCODER, '1'));
    expect(told).toEqual(['Note: corpus "samples" cannot be read. It stays as it is.']);
    expect(madeFor).toEqual([]);
    // SHA-256 of that text, by `printf '{"of":"another version"}' | sha256sum`: a start noted it as its own.
    await noteSeeded(state, 'corpus:samples', OLD_MANIFEST_SHA256);
    await seed(ENCODER, selectionOf(ENCODER, '1'));
    expect(await packedFor()).toBe('a 1');
  });

  it('is made anew beside what a start of an earlier version wrote, and not where it is someone else’s', async () => {
    await kv.put(oldCorpusKey(SAMPLE_CORPUS), '{"of":"another version"}');
    await seed(ENCODER, selectionOf(ENCODER, '1'));
    expect(told).toEqual([
      'Note: corpus "samples" is of an earlier version: index it again. It stays as it is.',
    ]);
    await noteSeeded(state, 'corpus:samples', OLD_MANIFEST_SHA256);
    await seed(ENCODER, selectionOf(ENCODER, '1'));
    expect(await packedFor()).toBe('a 1');
  });

  it('is not made for a selection of another encoder, or none; one that is of use stays', async () => {
    await seed(ENCODER, null);
    await seed(ENCODER, selectionOf(OTHER, '3'));
    const note = 'Note: corpus "samples" is not made: the selection "default" is not of encoder "a".';
    expect(told).toEqual([note, note]);
    expect(await storedKeys()).toEqual([]);
    await seed(ENCODER, selectionOf(ENCODER, '1'));
    await seed(ENCODER, selectionOf(OTHER, '3'));
    expect(await packedFor()).toBe('a 1');
    expect(told).toHaveLength(2);
  });

  it('is noted beside the selections, which keep their notes', async () => {
    await noteSeeded(state, 'default', 'd'.repeat(64));
    await seed(ENCODER, selectionOf(ENCODER, '1'));
    expect(Object.keys(await readSeeded(state))).toEqual(['default', 'corpus:samples']);
  });
});

const OLD_MANIFEST_SHA256 = 'c6353bba95eb7de4ed440eeb683cd48879e2623a350c043fa86a7ee93686184d';
