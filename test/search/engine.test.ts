import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { engineRowId, segmentPrefix } from '../../src/format/corpus-engine.ts';
import type { EngineReader } from '../../src/search/engine.ts';
import { searchCorpus } from '../../src/search/search-corpus.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';
import { exactEngine } from './exact-engine.ts';
import { openIsolate, searchOf } from './isolate.ts';
import { makeIndexed } from './indexed-corpus.ts';
import { type MadeCorpus, unitRows } from './made-corpus.ts';

const DIM = 24;
const COUNT = 300;
const query = unitRows(1, DIM, 99);
const identity = buildSelection(2, { projection: 'mask', fusion: 'identity', dim: DIM, k: 9 });

let local: LocalKv;
beforeAll(async () => {
  local = await openMemoryKv();
});
beforeEach(() => local.clear());
afterAll(() => local.dispose());

const indexed = (record: typeof identity) =>
  makeIndexed(local.kv, record, COUNT, { kind: 'postgres', collection: 'made', index: 'exact' });

function place(engine?: EngineReader) {
  return engine === undefined ? openIsolate(local.kv) : { ...openIsolate(local.kv), engine };
}

describe('a corpus behind an engine', () => {
  const kinds = [
    ['identity', identity],
    ['weighted', buildSelection(3, { projection: 'mask', fusion: 'weighted', dim: DIM, k: 9 })],
    ['attention', buildSelection(4, { projection: 'full', fusion: 'attention', dim: DIM, k: DIM })],
  ] as const;
  const asked = [
    ['plainly', {}],
    ['by eq', { filters: [{ field: 'colour', eq: 'red' }] }],
    ['by in', { filters: [{ field: 'colour', in: ['blue', 'green'] }] }],
    ['by a range', { filters: [{ field: 'price', min: 10, max: 200 }] }],
    ['with minProbability', { minProbability: 0.4 }],
  ] as const;

  it.each(kinds)('tells of candidates what the isolate tells, to the bit, under %s', async (_, record) => {
    const { engineRows: rows, ...made } = await indexed(record);
    for (const [, changes] of asked) {
      // Everything is a candidate of both: what finds them cannot matter.
      const search = searchOf(made, record.model, query, { rerank: COUNT, depth: COUNT, ...changes });
      const behind = await searchCorpus(search, place(exactEngine(rows)));
      const scanned = await searchCorpus(search, place());
      expect(behind.hits.length).toBeGreaterThan(10);
      expect(behind.hits).toEqual(scanned.hits);
      expect(behind.average).toBe(scanned.average);
    }
  });

  it('re-ranks every result, whatever rerank says', async () => {
    const { engineRows: rows, ...made } = await indexed(identity);
    const search = searchOf(made, identity.model, query, { rerank: 0, depth: 12 });
    const { hits, reranked } = await searchCorpus(search, place(exactEngine(rows)));
    expect(reranked).toBe(12);
    expect(hits.every(({ cosine }) => cosine !== null)).toBe(true);
  });

  it('leaves out rows that the manifest does not name', async () => {
    const { engineRows: rows, ...made } = await indexed(identity);
    const [segment] = made.manifest.segments;
    const strange = [
      '0123456789abcdef-0',
      engineRowId(segment, segment.count),
      'no row',
      `${segmentPrefix(segment)}-x`,
    ];
    const engine: EngineReader = {
      async query(asked) {
        const { candidates } = await exactEngine(rows).query(asked);
        return { isComplete: false, candidates: [...strange.map((id) => ({ id, score: 2 })), ...candidates] };
      },
    };
    const search = searchOf(made, identity.model, query, { rerank: 20 });
    const found = await searchCorpus(search, place(engine));
    const { hits } = await searchCorpus(search, place(exactEngine(rows)));
    expect(found.hits).toEqual(hits);
    expect(found.isComplete).toBe(false);
  });

  it('counts what meets the filters and was compared, whatever minProbability leaves out, as the isolate does', async () => {
    const { engineRows: rows, ...made } = await indexed(identity);
    const red = { filters: [{ field: 'colour', eq: 'red' }] };
    const engines = {
      exact: exactEngine(rows),
      // Brings what may not meet the filters, as Vectorize does for long texts.
      unfiltered: {
        query: async (asked) => ({
          ...(await exactEngine(rows).query({ ...asked, filters: [] })),
          isFiltered: false,
        }),
      },
    } satisfies Record<string, EngineReader>;
    const ask = async (changes: object, engine?: EngineReader) => {
      const search = searchOf(made, identity.model, query, { rerank: 10, ...changes });
      const { scanned, isCounted, hits } = await searchCorpus(search, place(engine));
      return { scanned, isCounted, count: hits.length };
    };
    for (const minProbability of [null, 0.4, 0.99]) {
      const all = await ask({ minProbability });
      expect(all).toMatchObject({ scanned: COUNT, isCounted: true });
      const wide = { ...red, depth: COUNT, rerank: COUNT, minProbability };
      const scanned = await ask(wide);
      expect(scanned).toMatchObject({ scanned: 100, isCounted: true });
      for (const engine of Object.values(engines)) {
        expect(await ask({ minProbability }, engine)).toEqual(all);
        // With all of them brought it is the same number: of an engine that may have more, so many are known.
        expect(await ask({ ...wide, rerank: COUNT + 1 }, engine)).toEqual(scanned);
      }
    }
    expect(await ask({ ...red, minProbability: 0.99 }, engines.exact)).toMatchObject({
      scanned: 20,
      isCounted: false,
    });
    expect(await ask(red, engines.exact)).toMatchObject({ scanned: 10, isCounted: false });
    // What an engine lost, or does not show yet, was compared with nothing.
    expect(await ask({}, exactEngine(rows.slice(0, 7)))).toMatchObject({ scanned: 7, isCounted: false });
  });

  it('says that rows are missing where an engine brings fewer than there are', async () => {
    const { engineRows: rows, ...made } = await indexed(identity);
    const isComplete = async (count: number, changes: object) => {
      const search = searchOf(made, identity.model, query, { rerank: 20, ...changes });
      return (await searchCorpus(search, place(exactEngine(rows.slice(0, count))))).isComplete;
    };
    expect(await isComplete(COUNT, {})).toBe(true);
    expect(await isComplete(20, {})).toBe(true);
    expect(await isComplete(19, {})).toBe(false);
    expect(await isComplete(0, {})).toBe(false);
    // What a threshold leaves out came back all the same.
    expect(await isComplete(COUNT, { minProbability: 0.99 })).toBe(true);
    expect(await isComplete(0, { minProbability: 0.99 })).toBe(false);
    expect(await isComplete(COUNT, { rerank: 2 * COUNT })).toBe(true);
  });

  it('asks an engine for no more than it finds', async () => {
    const { engineRows: rows, ...made } = await indexed(identity);
    const topKs: number[] = [];
    const engine: EngineReader = {
      query(asked) {
        topKs.push(asked.topK);
        return exactEngine(rows).query(asked);
      },
    };
    const most = { rerank: 1000, depth: 1001, minProbability: 0.01 };
    await searchCorpus(searchOf(made, identity.model, query, most), place(engine));
    expect(topKs).toEqual([1000]);
  });

  it('says that the engine does not answer, without what the engine says of itself', async () => {
    const { manifest } = await indexed(identity);
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const engine = { query: () => Promise.reject(new Error('password of postgres://u:p@host refused')) };
    const search = searchOf({ manifest } as MadeCorpus, identity.model, query);
    await expect(searchCorpus(search, place(engine))).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      retryable: true,
      message: 'The engine postgres of the corpus did not answer; try again.',
    });
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });
});
