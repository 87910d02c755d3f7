import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeDecoders } from '../../scripts/clip/node-runtime.ts';
import type { IndexFlags } from '../../scripts/corpus/index-flags.ts';
import { runIndex } from '../../scripts/corpus/run-index.ts';
import { readStoredRows } from '../../scripts/corpus/stored-rows.ts';
import { loadPairEncoder } from '../../scripts/dataset/load-pair-encoder.ts';
import { openLocalKv, type OpenKv } from '../../scripts/kv/local-kv.ts';
import { createImageDecoder } from '../../src/clip/images/decode-image.ts';
import { readThumbnail } from '../../src/storage/corpus-thumbnails.ts';
import { thumbnailKey } from '../../src/format/kv-keys.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { unitRows } from '../search/made-corpus.ts';

const SAMPLE = 'models/sample/images';
const HOUR_MS = 3_600_000;
const place = mkdtempSync(join(tmpdir(), 'alignql-thumbnails-'));
const folder = (name: string): string => join(place, name);
function put(name: string, content: string | Uint8Array): string {
  writeFileSync(folder(name), content);
  return folder(name);
}

let corpora: OpenKv;
let dim: number;
const told: string[] = [];
beforeAll(async () => {
  const state = folder('state');
  vi.stubEnv('ALIGNQL_STATE', state);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
  const { info } = await loadPairEncoder();
  dim = info.dim;
  const record = {
    ...buildSelection(3, { projection: 'mask', fusion: 'identity', dim, k: 8 }),
    encoder: { id: info.id, fingerprint: info.fingerprint },
  };
  const selections = await openLocalKv(state, 'local-selections');
  const createdAt = '2026-11-25T03:00:00.000Z';
  await publishSelection(selections.kv, 'default', encodeSelection(record), { createdAt });
  await selections.close();
  corpora = await openLocalKv(state, 'local-corpora');
});
afterAll(async () => {
  await corpora.close();
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(place, { recursive: true });
});
beforeEach(() => {
  told.length = 0;
  vi.useRealTimers();
});

/** A dataset of sample pictures, under names of its own. */
function dataset(name: string, pictures: Readonly<Record<string, string>>): string {
  for (const [file, sample] of Object.entries(pictures)) copyFileSync(join(SAMPLE, sample), folder(file));
  const rows = Object.keys(pictures).map((file) => `${file},a picture`);
  return put(`${name}.csv`, `image,caption\n${rows.join('\n')}\n`);
}

function index(corpus: string, data: string | undefined, flags: Partial<IndexFlags> = {}) {
  const all = { corpus, drop: false, replace: false, cache: folder('cache'), remote: false, strict: false };
  return runIndex(data, { ...all, ...flags });
}

async function thumbnailsById(corpus: string): Promise<Record<string, string | undefined>> {
  const manifest = await readManifest(corpora.kv, corpus);
  if (manifest === null) throw new Error(`no corpus ${corpus}`);
  const { items } = await readStoredRows(corpora.kv, manifest, () => undefined);
  return Object.fromEntries(items.map(({ id, thumbnail }) => [id, thumbnail]));
}

/** Ids of all thumbnails of a corpus that KV holds. */
async function storedIds(corpus: string): Promise<string[]> {
  const prefix = thumbnailKey(corpus, '');
  const { keys } = await corpora.kv.list({ prefix });
  return keys.map(({ name }) => name.slice(prefix.length)).toSorted();
}

async function bytesOf(corpus: string, id = ''): Promise<Uint8Array> {
  const bytes = await readThumbnail(corpora.kv, corpus, id);
  if (bytes === null) throw new Error(`no thumbnail ${id}`);
  return bytes;
}

/** Move the clock: segments that a change has left are deleted by the first run an hour later. */
function later(hours: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * HOUR_MS + 1000 });
}

const FOX = 'a-fox.webp';
const ROCKET = 'a-rocket.png';
const PEAR = 'a-pear.png';

describe('index --thumbnails', () => {
  it('stores a small WebP of every picture, whole, and counts what it costs', async () => {
    const data = dataset('three', { 'fox.webp': FOX, 'rocket.png': ROCKET, 'twin.png': ROCKET });
    const summary = await index('shown', data, { thumbnails: true });
    // vectors, one page of items, fields where there are any, and two different pictures
    expect(summary).toMatchObject({ count: 3, thumbnails: 3, skipped: 0 });
    const ids = await thumbnailsById('shown');
    expect(ids['rocket.png']).toMatch(/^[0-9a-f]{32}$/);
    expect(ids['twin.png']).toBe(ids['rocket.png']);
    expect(await storedIds('shown')).toEqual([ids['fox.webp'], ids['rocket.png']].toSorted());
    const webp = await bytesOf('shown', ids['fox.webp']);
    expect(webp.length).toBeLessThanOrEqual(6 * 1024);
    const decode = createImageDecoder(await nodeDecoders());
    const size = await decode(webp, { maxPixels: 1e6, shortSide: null }, ({ width, height }) => ({
      width,
      height,
    }));
    expect(Math.max(size.width, size.height)).toBe(128);
    expect(told.join('')).toMatch(
      /thumbnails: 3 of 3 vectors have one; 2 made: WebP of 128 pixels, \d\.\d KiB each/,
    );
  });

  it('keeps them by what a change does to their items, and writes none again', async () => {
    const first = dataset('first', { 'a.png': ROCKET, 'b.webp': FOX });
    await index('kept', first, { thumbnails: true });
    const before = await thumbnailsById('kept');
    // Once it has some, new pictures get theirs without being asked for.
    const second = dataset('second', { 'b.webp': PEAR, 'c.webp': FOX });
    expect(await index('kept', second)).toMatchObject({ added: 1, replaced: 1, thumbnails: 3 });
    const after = await thumbnailsById('kept');
    expect(after['a.png']).toBe(before['a.png']);
    expect(after['c.webp']).toBe(before['b.webp']);
    expect(after['b.webp']).not.toBe(before['b.webp']);
    expect(await index('kept', second)).toMatchObject({ valuesWritten: 0, thumbnails: 3 });
    // Packed anew from what is stored: nothing is made, and nothing lost.
    expect(await index('kept', undefined, { plan: 'compact' })).toMatchObject({ thumbnails: 3 });
    expect(await thumbnailsById('kept')).toEqual(after);
    // A vector of nobody knows which picture has none.
    const matrix = put('one.npy', encodeNpy(unitRows(1, dim, 1), [1, dim]));
    const ids = put('ids.txt', 'b.webp\n');
    await index('kept', undefined, { imageEmbeddings: matrix, ids });
    expect((await thumbnailsById('kept'))['b.webp']).toBeUndefined();
  });

  it('deletes what no version names any more, an hour later', async () => {
    await index('changing', dataset('old', { 'a.png': ROCKET, 'b.webp': FOX }), { thumbnails: true });
    const { 'a.png': rocket, 'b.webp': fox } = await thumbnailsById('changing');
    await index('changing', undefined, { delete: put('gone.txt', 'b.webp\n') });
    // A reader may still hold the manifest before.
    expect(await storedIds('changing')).toEqual([rocket, fox].toSorted());
    later(1);
    const newer = dataset('newer', { 'c.png': PEAR });
    await index('changing', newer);
    const { 'c.png': pear } = await thumbnailsById('changing');
    expect(await storedIds('changing')).toEqual([rocket, pear].toSorted());
    await index('changing', newer, { replace: true, thumbnails: true });
    later(1);
    await index('changing', undefined, { thumbnails: false });
    expect(await storedIds('changing')).toEqual([pear]);
    expect(await readManifest(corpora.kv, 'changing')).not.toHaveProperty('thumbnails');
    await index('changing', undefined, { drop: true });
    expect((await corpora.kv.list({ prefix: 'corpus:v2:thumbnail:changing:' })).keys).toEqual([]);
  });

  it('takes nothing from another corpus of the same pictures', async () => {
    const data = dataset('shared', { 'a.png': ROCKET });
    await index('one', data, { thumbnails: true });
    await index('two', data, { thumbnails: true });
    await index('one', undefined, { drop: true });
    expect(await storedIds('one')).toEqual([]);
    expect(await storedIds('two')).toHaveLength(1);
  });

  it('makes none unless it is asked to, nor of texts', async () => {
    const data = dataset('plain', { 'a.png': ROCKET });
    expect(await index('plain', data)).toMatchObject({ thumbnails: 0 });
    expect(await index('texts', data, { modality: 'text' })).toMatchObject({ thumbnails: 0 });
    expect([...(await storedIds('plain')), ...(await storedIds('texts'))]).toEqual([]);
    expect(told.join('')).not.toContain('thumbnails:');
    await expect(index('texts', data, { modality: 'text', thumbnails: true })).rejects.toThrow(
      /--thumbnails goes with the pictures of a DATASET; .npy files and texts hold none/,
    );
    const matrix = put('matrix.npy', encodeNpy(unitRows(1, dim, 1), [1, dim]));
    await expect(index('vectors', undefined, { imageEmbeddings: matrix, thumbnails: true })).rejects.toThrow(
      /--thumbnails goes with the pictures of a DATASET/,
    );
  });
});
