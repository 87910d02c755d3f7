import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowFormAsked } from '../../scripts/corpus/row-form-asked.ts';
import { freshInMemory } from '../../scripts/corpus/fresh-vectors.ts';
import { type IndexRequest, type IndexSummary, indexCorpus } from '../../scripts/corpus/index-corpus.ts';
import { encodeSelection, selectionId } from '../../src/format/selection-record.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { NOW, madeItems, unitRows } from '../search/made-corpus.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';

const DIM = 16;
const int8 = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: DIM, k: 6 });
const int4 = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: DIM, k: 6, bits: 4 });

let local: LocalKv;
beforeAll(async () => {
  local = await openMemoryKv();
});
afterAll(() => local.dispose());

async function index(
  corpus: string,
  record: typeof int8,
  count: number,
  changes: Partial<IndexRequest> = {},
): Promise<IndexSummary> {
  const output = {
    startProgress: () => ({ add: () => undefined, stop: () => undefined }),
    tell: () => undefined,
  };
  const request: IndexRequest = {
    corpus,
    selection: { id: await selectionId(encodeSelection(record)), record },
    modality: 'text',
    fresh: freshInMemory(madeItems(count), DIM, unitRows(count, DIM, 21)),
    thumbnails: new Map(),
    dropThumbnails: false,
    deletions: new Set(),
    replace: false,
    plan: 'compact',
    rerank: null,
    fields: null,
    budgetBytes: 2 ** 25,
    now: NOW,
    ...changes,
  };
  return indexCorpus(local.kv, request, output);
}
const codesOf = async (corpus: string) => (await readManifest(local.kv, corpus))?.codes;

it('packs rows of codes, keeps their steps while the corpus grows, and packs them anew when asked', async () => {
  const first = await index('grow', int8, 300, { form: 'int4' });
  expect(first).toMatchObject({ plan: 'compact', encoding: 'int4', bytesPerVector: 3, memoryBytes: 900 });
  const codes = await codesOf('grow');
  expect([codes?.bits, codes?.steps.length]).toEqual([4, 6]);
  expect(await index('grow', int8, 300)).toMatchObject({ encoding: 'int4', valuesWritten: 0 });
  expect(await index('grow', int8, 310)).toMatchObject({ added: 10, encoding: 'int4' });
  expect(await codesOf('grow')).toEqual(codes);
  // Twice as many: what they were fitted to says little of these.
  expect(await index('grow', int8, 700)).toMatchObject({ added: 390, encoding: 'int4' });
  expect(await codesOf('grow')).not.toEqual(codes);
  expect(await index('grow', int8, 700, { form: 'sign' })).toMatchObject({
    encoding: 'sign',
    bytesPerVector: 1,
  });
  expect(await index('grow', int8, 700, { form: 'int8' })).toMatchObject({
    encoding: 'int8',
    bytesPerVector: 10,
  });
  expect(await codesOf('grow')).toBeUndefined();
});

it('packs rows as the record was made for, by its steps for this side', async () => {
  expect(await index('made', int4, 5)).toMatchObject({ encoding: 'int4', bytesPerVector: 3 });
  const codes = await codesOf('made');
  codes?.steps.forEach((step, i) => {
    expect(step).toBeCloseTo(int4.rows?.text[i] ?? NaN, 5);
  });
  expect(await index('made', int4, 5, { form: 'int8' })).toMatchObject({ encoding: 'int8' });
  expect(await index('made', int4, 5, { form: 'sign' })).toMatchObject({ encoding: 'sign' });
  expect(await index('made', int4, 5, { plan: 'full' })).toMatchObject({ encoding: 'int8', plan: 'full' });
});

it('takes the encoding that has the bytes asked for, or tells what there is', () => {
  expect([68, 32, 8].map((bytes) => rowFormAsked({ bytes }, 64))).toEqual(['int8', 'int4', 'sign']);
  expect(rowFormAsked({ encoding: 'int4' }, 64)).toBe('int4');
  expect(rowFormAsked({}, 64)).toBeNull();
  const taken = 'the 64 coordinates of the selection take 68 as int8, 32 as int4, 8 as sign';
  expect(() => rowFormAsked({ bytes: 64 }, 64)).toThrow(taken);
  expect(() => rowFormAsked({ bytes: 68, encoding: 'int4' }, 64)).toThrow(
    'take 32 as int4. Make a selection',
  );
});
