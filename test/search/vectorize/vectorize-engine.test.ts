import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FieldFilter } from '../../../src/core/search/field-filter.ts';
import type { VectorizeSpec } from '../../../src/format/corpus-engine.ts';
import type { EngineRow } from '../../../src/search/engine.ts';
import { createVectorizeEngine } from '../../../src/search/vectorize/vectorize-engine.ts';
import { unitRows } from '../made-corpus.ts';
import { exactEngine } from '../exact-engine.ts';
import { FakeIndex, LIMITS } from './fake-index.ts';
import { callsOf } from './index-calls.ts';

const DIM = 6;
const SEGMENT = 'a'.repeat(16);
const SPEC: VectorizeSpec = {
  kind: 'vectorize',
  collection: 'made',
  index: 'made',
  dimensions: 8,
  texts: ['colour', 'note', 'price'],
  numbers: ['price'],
};

const LONG = 'a long note that is the same for many bytes until the very end of it: ';

function rowsOf(count: number, segment = SEGMENT): EngineRow[] {
  const vectors = unitRows(count, DIM, 1);
  return Array.from({ length: count }, (_, i) => ({
    id: `${segment}-${i}`,
    vector: vectors.slice(i * DIM, (i + 1) * DIM),
    fields: i % 3 === 2 ? {} : { colour: i % 2 ? 'red' : 'blue', price: String(i), note: `${LONG}${i % 4}` },
  }));
}

let fake: FakeIndex;
let clock: number;
beforeEach(() => {
  fake = new FakeIndex('made', { dimensions: 8, metric: 'cosine' });
  clock = 1_000_000;
});
const open = (changes: Partial<VectorizeSpec> = {}) =>
  createVectorizeEngine(callsOf(fake), { ...SPEC, ...changes }, () => clock);
const query = unitRows(1, DIM, 9);
const asked = { vector: query, topK: 100, filters: [], segments: [SEGMENT], retired: [] };

async function filled(count: number, changes: Partial<VectorizeSpec> = {}) {
  const engine = open(changes);
  await engine.prepare(DIM);
  const mutation = await engine.upsert(rowsOf(count));
  return { engine, mutation };
}

describe('rows of a collection', () => {
  it('are found as an exact search finds them, padded with zeros', async () => {
    const { engine } = await filled(40);
    fake.settle();
    const { candidates, isComplete } = await engine.query(asked);
    const exact = await exactEngine(rowsOf(40)).query(asked);
    expect(isComplete).toBe(true);
    expect(candidates.map(({ id }) => id)).toEqual(exact.candidates.map(({ id }) => id));
    // Both multiply float32: six products, each rounded once.
    candidates.forEach(({ score }, i) => expect(score).toBeCloseTo(exact.candidates[i].score, 6));
    expect((await engine.query({ ...asked, topK: 3 })).candidates).toEqual(candidates.slice(0, 3));
  });

  it.each<[string, FieldFilter[]]>([
    ['eq', [{ field: 'colour', eq: 'red' }]],
    ['in', [{ field: 'colour', in: ['red', 'green'] }]],
    ['a range', [{ field: 'price', min: 4, max: 20 }]],
    ['half a range', [{ field: 'price', min: 4 }]],
    ['a number as text', [{ field: 'price', eq: '7' }]],
    [
      'several of one field',
      [
        { field: 'colour', in: ['red', 'blue'] },
        { field: 'colour', eq: 'blue' },
        { field: 'price', min: 2 },
        { field: 'price', max: 9, min: 1 },
      ],
    ],
    [
      'none that can be met',
      [
        { field: 'colour', eq: 'red' },
        { field: 'colour', eq: 'blue' },
      ],
    ],
    ['a range of a text', [{ field: 'colour', min: 1 }]],
    ['a text of more than 64 bytes', [{ field: 'note', eq: `${LONG}1` }]],
    ['an unknown field', [{ field: 'shape', eq: 'round' }]],
  ])('are filtered by %s', async (_, filters) => {
    const { engine } = await filled(40);
    fake.settle();
    const found = await engine.query({ ...asked, filters });
    const exact = await exactEngine(rowsOf(40)).query({ ...asked, filters });
    expect(found.candidates.map(({ id }) => id)).toEqual(exact.candidates.map(({ id }) => id));
    // Who asked looks again where a checksum stands for a text.
    expect(found.isFiltered).toBe(filters.some(({ field }) => field === 'note') ? false : undefined);
  });

  it('refuses filters that Vectorize would not read', async () => {
    const filters = [
      { field: 'colour', in: Array.from({ length: 100 }, (_, i) => `a colour of number ${i}`) },
    ];
    await expect(open().query({ ...asked, filters })).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('are those of one collection, and of segments that are not retired', async () => {
    const { engine } = await filled(5);
    const other = open({ collection: 'other' });
    await other.upsert(rowsOf(7, 'b'.repeat(16)));
    await engine.upsert(rowsOf(200, 'c'.repeat(16)));
    fake.settle();
    const kept = await engine.query({ ...asked, retired: ['c'.repeat(16)] });
    expect(kept.candidates.map(({ id }) => id).toSorted()).toEqual(rowsOf(5).map(({ id }) => id));
    expect((await other.query(asked)).candidates).toHaveLength(7);
    // So many retired segments that the filter would be too long: their rows come back, and are dropped by who asked.
    const many = Array.from({ length: 120 }, (_, i) => i.toString(16).padStart(16, '0'));
    expect((await engine.query({ ...asked, retired: many })).candidates).toHaveLength(100);
  });
});

describe('what was written', () => {
  it('is visible when its batch is, whoever else writes', async () => {
    const { engine, mutation } = await filled(10);
    if (mutation === null) throw new Error('upserts are seen late');
    expect(await engine.isVisible(mutation)).toBe(false);
    const theirs = await open({ collection: 'other' }).upsert(rowsOf(1, 'b'.repeat(16)));
    expect(await engine.isVisible(mutation)).toBe(false);
    fake.settle();
    expect(fake.info().processedUpToMutation).not.toBe(mutation.split(':')[1]);
    expect(await engine.isVisible(mutation)).toBe(true);
    expect(theirs).not.toBeNull();
    const later = await engine.upsert(rowsOf(1));
    expect(await engine.isVisible(later ?? '')).toBe(false);
  });

  it('is told by a search that does not see it yet', async () => {
    const { mutation } = await filled(10);
    const reader = open({ pending: mutation ?? '' });
    expect(await reader.query(asked)).toEqual({ candidates: [], isComplete: false });
    fake.settle();
    const seen = await reader.query(asked);
    expect([seen.isComplete, seen.candidates.length]).toEqual([true, 10]);
  });

  it('has higher marks than before, also by a clock that goes back', async () => {
    const { mutation } = await filled(1);
    fake.settle();
    clock -= 500_000;
    const again = open();
    const later = await again.upsert(rowsOf(1));
    expect(Number(later?.split(':')[0])).toBeGreaterThan(Number(mutation?.split(':')[0]));
  });

  it('is sent in batches of 5,000 with their marker, and known again by whole batches', async () => {
    const wide = new FakeIndex('made', { dimensions: 8, metric: 'cosine' });
    const calls = callsOf(wide);
    const upsert = vi.spyOn(calls, 'upsert');
    const engine = createVectorizeEngine(calls, SPEC, () => clock);
    const rows = rowsOf(10_010);
    const ids = rows.map(({ id }) => id);
    await engine.upsert(rows);
    expect(upsert.mock.calls.map(([batch]) => batch.length)).toEqual([5000, 5000, 13]);
    expect((await engine.held(ids)).size).toBe(0);
    wide.settle(1);
    expect(await engine.held(ids)).toEqual(new Set(ids.slice(0, 4999)));
    wide.settle();
    expect(await engine.held(ids)).toEqual(new Set(ids));
    await engine.upsert(rows);
    wide.settle();
    expect(wide.info().vectorCount).toBe(10_010 + 1);
  });

  it('makes smaller batches of long vectors, for the 100 MB of a request', async () => {
    const wide = new FakeIndex('made', { dimensions: 1536, metric: 'cosine' });
    const calls = callsOf(wide);
    const upsert = vi.spyOn(calls, 'upsert').mockImplementation(async () => 'id');
    const engine = createVectorizeEngine(calls, { ...SPEC, dimensions: 1536 }, () => clock);
    await engine.upsert(rowsOf(3000));
    expect(upsert.mock.calls.map(([batch]) => batch.length)).toEqual([2449, 553]);
  });

  it('is deleted, and dropped with its marker but without what is of others', async () => {
    const { engine } = await filled(250);
    const other = open({ collection: 'other' });
    await other.upsert(rowsOf(2, 'b'.repeat(16)));
    const mutation = await engine.delete(rowsOf(150).map(({ id }) => id));
    fake.settle();
    expect(await engine.isVisible(mutation ?? '')).toBe(true);
    expect((await engine.query(asked)).candidates).toHaveLength(100);
    expect(await engine.delete([])).toBeNull();
    await engine.drop();
    fake.settle();
    expect((await engine.query(asked)).candidates).toEqual([]);
    expect(fake.visibleIds()).toHaveLength(3);
    expect((await other.query(asked)).candidates).toHaveLength(2);
  });
});

describe('an index', () => {
  it.each([
    [
      'compares otherwise',
      { dimensions: 8, metric: 'euclidean' },
      {},
      /compares by euclidean, corpora need cosine.*--dimensions=6 --metric=cosine/,
    ],
    [
      'is too small',
      { dimensions: 4, metric: 'cosine' },
      { dimensions: 4 },
      /has 4 dimensions, the corpus keeps 6 coordinates/,
    ],
    [
      'has changed since',
      { dimensions: 16, metric: 'cosine' },
      {},
      /has 16 dimensions, the corpus was written for 8/,
    ],
    [
      'has too few metadata indexes',
      { dimensions: 8, metric: 'cosine' },
      { texts: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], numbers: ['a', 'b', 'c'] },
      /takes 11 metadata indexes.*--fields/,
    ],
  ] as const)('is refused when it %s', async (_, config, spec, message) => {
    fake = new FakeIndex('made', config);
    const engine = open(spec as Partial<VectorizeSpec>);
    await expect(engine.prepare(DIM)).rejects.toThrow(message);
    expect(fake.metadataIndexes()).toEqual([]);
  });

  it('is made ready again without harm, and shared', async () => {
    await open().prepare(DIM);
    await open({ texts: ['other'], numbers: [] }).prepare(DIM);
    expect(fake.metadataIndexes().map(({ propertyName }) => propertyName)).toEqual([
      's',
      't0',
      't1',
      't2',
      'n0',
    ]);
    expect(fake.metadataIndexes().length).toBeLessThanOrEqual(LIMITS.metadataIndexes);
  });
});
