import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readIdsFile } from '../../scripts/corpus/ids-file.ts';
import { runIndex } from '../../scripts/corpus/run-index.ts';
import type { IndexFlags } from '../../scripts/corpus/index-flags.ts';
import { openLocalKv, type OpenKv } from '../../scripts/kv/local-kv.ts';
import { loadScanKernels } from '../../scripts/search/scan-kernels.ts';
import type { Modality } from '../../src/core/scoring/selection-model.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { createCorpusSearcher } from '../../src/search/corpus-searcher.ts';
import { type CorpusKv, readManifest } from '../../src/storage/corpus-kv.ts';
import { createCorpusStore } from '../../src/storage/corpus-store.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { unitRows } from '../search/made-corpus.ts';
import { run } from './start-setup.ts';

const DIM = 16;
const record = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: DIM, k: 6 });
const place = mkdtempSync(join(tmpdir(), 'alignql-index-'));
const state = join(place, 'state');

let corpora: OpenKv;
let selectionId: string;
beforeAll(async () => {
  vi.stubEnv('ALIGNQL_STATE', state);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  corpora = await openLocalKv(state, 'local-corpora');
  const selections = await openLocalKv(state, 'local-selections');
  const createdAt = '2026-11-25T03:00:00.000Z';
  ({ id: selectionId } = await publishSelection(selections.kv, 'default', encodeSelection(record), {
    createdAt,
  }));
  const other = buildSelection(5, { projection: 'mask', fusion: 'weighted', dim: DIM, k: 3 });
  await publishSelection(selections.kv, 'weighted', encodeSelection(other), { createdAt });
  const short = buildSelection(6, { projection: 'mask', fusion: 'identity', dim: 8, k: 3 });
  await publishSelection(selections.kv, 'short', encodeSelection(short), { createdAt });
  await selections.close();
});
afterAll(async () => {
  await corpora.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function write(name: string, content: string | Uint8Array): string {
  const path = join(place, name);
  writeFileSync(path, content);
  return path;
}
function matrix(name: string, count: number, seed: number, dim = DIM): string {
  return write(name, encodeNpy(unitRows(count, dim, seed), [count, dim]));
}
function ids(name: string, ...lines: string[]): string {
  return write(name, `${lines.join('\n')}\n`);
}
const index = (corpus: string, flags: Partial<IndexFlags>): ReturnType<typeof runIndex> =>
  runIndex(undefined, {
    corpus,
    drop: false,
    replace: false,
    cache: join(place, 'cache'),
    remote: false,
    strict: false,
    ...flags,
  });

/** Ids and metadata of the best five for a vector, by a new isolate. */
async function find(corpus: string, embedding: Float32Array, modality: Modality = 'text') {
  const store = createCorpusStore(corpora.kv as CorpusKv);
  const found = await store.read(corpus);
  if (found === null) return null;
  const search = createCorpusSearcher(store, 2 ** 24, loadScanKernels);
  const { manifest } = found;
  const { hits } = await search({
    manifest,
    model: record.model,
    embedding,
    modality,
    baseRate: undefined,
    minProbability: null,
    filters: [],
    depth: 5,
    rerank: manifest.rerank,
  });
  return Promise.all(hits.map(({ segment, index: at }) => store.item(segment, at)));
}
const row = (count: number, seed: number, at: number): Float32Array =>
  unitRows(count, DIM, seed).subarray(at * DIM, (at + 1) * DIM);

describe('index', () => {
  it('packs a .npy file under ids and metadata, and finds each vector by itself', async () => {
    const metadata = write(
      'meta.jsonl',
      '{"id": "b", "colour": "red", "tags": ["x"]}\n{"id": "c", "n": 3, "empty": null}\n',
    );
    const summary = await index('first', {
      imageEmbeddings: matrix('a.npy', 3, 1),
      ids: ids('a.txt', 'a', 'b', 'c'),
      metadata,
    });
    expect(summary).toEqual({
      corpus: 'first',
      count: 3,
      added: 3,
      replaced: 0,
      deleted: 0,
      selection: selectionId,
      encoder: record.encoder.id,
      modality: 'image',
      plan: 'full',
      engine: 'isolate',
      encoding: 'int8',
      bytesPerVector: DIM + 8,
      memoryBytes: 3 * (DIM + 8),
      segments: 1,
      rerank: 0,
      fields: ['colour', 'n'],
      thumbnails: 0,
      skipped: 0,
      valuesWritten: 3,
    });
    expect((await find('first', row(3, 1, 1)))?.[0]).toEqual({
      id: 'b',
      metadata: '{"colour":"red","tags":["x"]}',
    });
    expect((await find('first', row(3, 1, 2)))?.[0]).toEqual({ id: 'c', metadata: '{"n":3}' });
  });

  it('writes nothing anew for the same data', async () => {
    const flags = { textEmbeddings: matrix('same.npy', 5, 2) };
    await index('same', flags);
    expect(await index('same', flags)).toMatchObject({
      count: 5,
      added: 0,
      replaced: 5,
      valuesWritten: 0,
      modality: 'text',
    });
  });

  it('adds, replaces and deletes', async () => {
    await index('grow', { imageEmbeddings: matrix('g1.npy', 3, 3), ids: ids('g1.txt', 'a', 'b', 'c') });
    const more = await index('grow', {
      imageEmbeddings: matrix('g2.npy', 2, 4),
      ids: ids('g2.txt', 'c', 'd'),
      delete: ids('g-del.txt', 'a', 'nobody'),
    });
    expect(more).toMatchObject({ count: 3, added: 1, replaced: 1, deleted: 1 });
    expect((await find('grow', row(2, 4, 0)))?.[0].id).toBe('c');
    expect((await find('grow', row(3, 3, 1)))?.map(({ id }) => id).toSorted()).toEqual(['b', 'c', 'd']);
    expect(await index('grow', { delete: ids('g-rest.txt', 'b', 'c', 'd') })).toMatchObject({
      count: 0,
      deleted: 3,
      segments: 0,
    });
    expect(await find('grow', row(2, 4, 0))).toEqual([]);
  });

  it('keeps the segments that a reader of the older manifest may still need', async () => {
    await index('retire', { imageEmbeddings: matrix('r1.npy', 3, 5) });
    const before = await readManifest(corpora.kv, 'retire');
    await index('retire', { imageEmbeddings: matrix('r2.npy', 3, 6) });
    const after = await readManifest(corpora.kv, 'retire');
    expect(after?.retired.map(({ id }) => id)).toEqual(before?.segments.map(({ id }) => id));
    const { keys } = await corpora.kv.list({ prefix: `corpus:v2:segment:${before?.segments[0].id}` });
    expect(keys.length).toBe(2);
  });

  it('keeps the metadata of an id that comes again without any', async () => {
    const flags = { ids: ids('k.txt', 'a', 'b') };
    const metadata = write('k.jsonl', '{"id": "a", "colour": "red"}\n');
    const first = { imageEmbeddings: matrix('k1.npy', 2, 11), metadata, ...flags };
    // Names of columns are compared without case.
    expect(await index('keeps', { ...first, fields: ['Colour'] })).toMatchObject({ fields: ['colour'] });
    expect(await index('keeps', { imageEmbeddings: matrix('k2.npy', 2, 12), ...flags })).toMatchObject({
      replaced: 2,
      fields: ['colour'],
    });
    expect((await find('keeps', row(2, 12, 0)))?.[0]).toEqual({ id: 'a', metadata: '{"colour":"red"}' });
  });

  it('starts from nothing with --replace', async () => {
    await index('anew', { imageEmbeddings: matrix('n1.npy', 4, 7) });
    expect(await index('anew', { textEmbeddings: matrix('n2.npy', 2, 8), replace: true })).toMatchObject({
      count: 2,
      added: 2,
      replaced: 0,
      modality: 'text',
    });
  });

  it('packs under plan compact, and stored vectors anew for another selection', async () => {
    const packed = await index('plans', {
      imageEmbeddings: matrix('p.npy', 400, 9),
      plan: 'compact',
      rerank: 50,
    });
    expect(packed).toMatchObject({ plan: 'compact', bytesPerVector: 10, rerank: 50 });
    const embedding = row(400, 9, 123);
    expect((await find('plans', embedding, 'image'))?.[0].id).toBe('123');
    expect(await index('plans', { selection: 'weighted', plan: 'compact' })).toMatchObject({
      count: 400,
      added: 0,
      bytesPerVector: 7,
    });
    expect(await index('plans', { delete: ids('p-del.txt', '0') })).toMatchObject({
      count: 399,
      plan: 'compact',
      rerank: 1000,
    });
    expect(await index('plans', { selection: 'default', plan: 'auto' })).toMatchObject({
      plan: 'full',
      selection: selectionId,
    });
    expect((await find('plans', embedding, 'image'))?.[0].id).toBe('123');
  });

  it.each([{}, { replace: true }])(
    "keeps the corpus' own selection when data comes without one (%o)",
    async (flags) => {
      const corpus = `own-${Object.keys(flags).length}`;
      await index(corpus, { imageEmbeddings: matrix('own.npy', 5, 11), selection: 'weighted' });
      const selection = (await readManifest(corpora.kv, corpus))?.selection;
      expect(selection).not.toBe(selectionId);
      const more = { imageEmbeddings: matrix('more.npy', 8, 12) };
      expect(await index(corpus, { ...more, ...flags })).toMatchObject({ count: 8, selection });
      expect(await index(corpus, { ...more, selection: 'default' })).toMatchObject({
        selection: selectionId,
      });
    },
  );

  it('drops a corpus with all its values', async () => {
    await index('gone', { imageEmbeddings: matrix('d.npy', 2, 10) });
    const manifest = await readManifest(corpora.kv, 'gone');
    expect(await index('gone', { drop: true })).toEqual({ corpus: 'gone', dropped: true });
    expect(await find('gone', row(2, 10, 0))).toBeNull();
    const { keys } = await corpora.kv.list({ prefix: `corpus:v2:segment:${manifest?.segments[0].id}` });
    expect(keys).toEqual([]);
    await expect(index('gone', { drop: true })).rejects.toThrow(/there is no corpus "gone" to drop/);
  });

  it('leaves another corpus of the same data alone', async () => {
    const imageEmbeddings = matrix('twin.npy', 3, 11);
    await index('twin-a', { imageEmbeddings });
    await index('twin-b', { imageEmbeddings });
    await index('twin-a', { drop: true });
    expect((await find('twin-b', row(3, 11, 2)))?.[0].id).toBe('2');
  });

  it.each<[string, () => Partial<IndexFlags>, RegExp]>([
    ['nothing to do', () => ({}), /nothing to do: give/],
    ['two sources', () => ({ imageEmbeddings: 'a.npy', textEmbeddings: 'b.npy' }), /give one of/],
    [
      'a missing file',
      () => ({ imageEmbeddings: join(place, 'none.npy') }),
      /cannot read --image-embeddings .*none\.npy/,
    ],
    [
      'another dim',
      () => ({ imageEmbeddings: matrix('dim.npy', 2, 1, 8) }),
      /vectors of 8 numbers, the selection is for 16/,
    ],
    [
      'too few ids',
      () => ({ imageEmbeddings: matrix('few.npy', 3, 1), ids: ids('few.txt', 'a') }),
      /has 1 ids, .* has 3 rows/,
    ],
    [
      'an id twice',
      () => ({ imageEmbeddings: matrix('two.npy', 2, 1), ids: ids('two.txt', 'a', 'a') }),
      /line 2: the id "a" is that of line 1 again/,
    ],
    [
      'an empty id',
      () => ({ imageEmbeddings: matrix('gap.npy', 3, 1), ids: ids('gap.txt', 'a', '', 'b') }),
      /line 2: expected an id of 1 to 512 characters, got 0/,
    ],
    [
      'no ids',
      () => ({ imageEmbeddings: matrix('ids.npy', 1, 1), delete: ids('none.txt', '') }),
      /holds no id/,
    ],
    [
      'metadata of nobody',
      () => ({ imageEmbeddings: matrix('m.npy', 1, 1), metadata: write('m.jsonl', '{"id": "x"}') }),
      /there is no vector of the id "x"/,
    ],
    [
      'metadata without an id',
      () => ({ imageEmbeddings: matrix('m.npy', 1, 1), metadata: write('w.csv', 'name\nx\n') }),
      /line 2: expected an id that is a text or a whole number below 2\^53, found name/,
    ],
    [
      'an id that JSON cannot hold',
      () => ({
        imageEmbeddings: matrix('m.npy', 1, 1),
        metadata: write('big.jsonl', '{"id": 9007199254740993}'),
      }),
      /line 1: expected an id .* below 2\^53, found 9007199254740993 as id/,
    ],
    [
      'an id both given and deleted',
      () => ({ imageEmbeddings: matrix('m.npy', 1, 1), delete: ids('both.txt', '0') }),
      /the id "0" is in the data and to be deleted/,
    ],
    [
      'an unknown field',
      () => ({ imageEmbeddings: matrix('f.npy', 1, 1), fields: ['size'] }),
      /--fields size: the field is in no item's metadata/,
    ],
    [
      'an unpublished selection',
      () => ({ imageEmbeddings: matrix('s.npy', 1, 1), selection: 'nope' }),
      /there is no selection "nope"/,
    ],
    [
      'a selection in a file',
      () => ({ imageEmbeddings: matrix('s.npy', 1, 1), selection: './out' }),
      /is a file: the Worker reads the record from KV/,
    ],
    [
      'a row without direction',
      () => ({ imageEmbeddings: write('zero.npy', encodeNpy(new Float32Array(DIM), [1, DIM])) }),
      /no usable row. zero\.npy row 0: the image embedding has no direction/,
    ],
    [
      'NaN',
      () => ({ imageEmbeddings: write('nan.npy', encodeNpy(new Float32Array(DIM).fill(NaN), [1, DIM])) }),
      /no usable row. nan\.npy row 0: the image embedding has no direction/,
    ],
    [
      'a column beside .npy',
      () => ({ imageEmbeddings: 'a.npy', captionColumn: 'words' }),
      /--image-column and --caption-column go with a DATASET/,
    ],
    ['ids without rows', () => ({ ids: 'x.txt', delete: 'y.txt' }), /--ids goes with a \.npy file/],
    ['--drop with data', () => ({ drop: true, imageEmbeddings: 'a.npy' }), /--drop removes the whole corpus/],
    // Whatever else is wrong with them.
    [
      'nothing to pack',
      () => ({ selection: 'typo', bytes: 64 }),
      /there is no corpus "refused": give --image/,
    ],
    ['a deletion from nothing', () => ({ delete: ids('d.txt', 'a') }), /there is no corpus "refused"/],
  ])('refuses %s', async (_name, flags, message) => {
    await expect(index('refused', flags())).rejects.toThrow(message);
    expect(await readManifest(corpora.kv, 'refused')).toBeNull();
  });

  it('refuses what does not go with the corpus as it is', async () => {
    await index('fixed', { imageEmbeddings: matrix('x.npy', 2, 1) });
    await expect(index('fixed', { textEmbeddings: matrix('x.npy', 2, 1) })).rejects.toThrow(
      /holds image vectors, these are of text/,
    );
    await expect(index('fixed', { selection: 'short' })).rejects.toThrow(
      /16 numbers\), the selection is for .* 8 numbers/,
    );
    await expect(index('../x', { imageEmbeddings: 'a.npy' })).rejects.toThrow(
      /Corpus name "\.\.\/x": expected 1 to 64/,
    );
  });

  it('is a command that prints one line of JSON, and says the plan on stderr', async () => {
    const { status, stdout, stderr } = await run(
      'scripts/index-corpus.ts',
      ['--corpus', 'pictures', 'test/fixtures/images', '--selection', 'default'],
      { ALIGNQL_STATE: state },
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^index: /);
    const done = await run(
      'scripts/index-corpus.ts',
      ['--corpus', 'cli', '--image-embeddings', matrix('cli.npy', 2, 1)],
      {
        ALIGNQL_STATE: state,
      },
    );
    expect(done.status).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ corpus: 'cli', count: 2 });
    expect(done.stderr).toMatch(
      /plan full: 2 vectors of 24 bytes, .* nothing is re-ranked; 1 KV read by an isolate/,
    );
  });
});

describe('ids of a file', () => {
  it('are taken as they are, but for the ends of lines', async () => {
    expect(await readIdsFile(write('spaces.txt', 'a \r\n b\r\nc \r\n\r\n'), '--ids')).toEqual([
      'a ',
      ' b',
      'c ',
    ]);
  });
});
