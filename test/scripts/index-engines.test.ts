/* eslint-disable max-lines -- one account, one database and one storage for all of it, which take seconds to start */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PostgresServer, startPostgres } from '../../bench/engines/postgres-server.ts';
import { dropWithRows } from '../../scripts/corpus/engines/drop-with-rows.ts';
import { openEngines } from '../../scripts/corpus/engines/open-engines.ts';
import { freshInMemory } from '../../scripts/corpus/fresh-vectors.ts';
import { type IndexRequest, type IndexSummary, indexCorpus } from '../../scripts/corpus/index-corpus.ts';
import { engineProblems } from '../../scripts/doctor/check-engines.ts';
import { Findings } from '../../scripts/doctor/findings.ts';
import { walkCorpora } from '../../scripts/doctor/walk-corpora.ts';
import { openPostgresEngine } from '../../scripts/postgres/postgres-engine.ts';
import { loadScanKernels } from '../../scripts/search/scan-kernels.ts';
import type { FieldFilter } from '../../src/core/search/field-filter.ts';
import type { EngineKind } from '../../src/format/corpus-engine.ts';
import { corpusKey } from '../../src/format/kv-keys.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';
import { type Sql, connect } from '../../src/postgres/connect.ts';
import type { PostgresSpec } from '../../src/postgres/tables.ts';
import { openBoundEngine } from '../../src/search/bound-engines.ts';
import type { EngineQuery } from '../../src/search/engine.ts';
import { createCorpusSearcher } from '../../src/search/corpus-searcher.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { createCorpusStore } from '../../src/storage/corpus-store.ts';
import { listEntries } from '../../src/storage/kv-calls.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { NOW, unitRows } from '../search/made-corpus.ts';
import type { FakeIndex } from '../search/vectorize/fake-index.ts';
import { nodeBinding } from '../search/vectorize/node-binding.ts';
import { type OpenVectorize, openVectorize } from '../search/vectorize/open-vectorize.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';
import { LOCAL_DEPLOYMENT } from './local-deployment.ts';

const DIM = 16;
const COUNT = 40;
const HOUR_MS = 3_600_000;
const LATER = new Date(Date.parse(NOW) + HOUR_MS + 1000).toISOString();
const record = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: DIM, k: 6 });
const weighted = buildSelection(5, { projection: 'mask', fusion: 'weighted', dim: DIM, k: 3 });

const refusal = { status: 403, body: { errors: [{ code: 10000, message: 'Authentication error' }] } };

let local: LocalKv;
let vectorize: OpenVectorize;
let index: FakeIndex;
let postgres: PostgresServer;
let sql: Sql;
const told: string[] = [];
beforeAll(async () => {
  local = await openMemoryKv();
  vectorize = await openVectorize();
  postgres = await startPostgres();
  sql = connect(postgres.url);
  vi.stubEnv('POSTGRES_URL', postgres.url);
  vi.stubEnv('CLOUDFLARE_API_BASE_URL', vectorize.url);
  vi.stubEnv('CLOUDFLARE_ACCOUNT_ID', vectorize.account.id);
});
beforeEach(async () => {
  await local.clear();
  vi.stubEnv('CLOUDFLARE_API_TOKEN', vectorize.account.token);
  index = vectorize.create('made', { dimensions: 8, metric: 'cosine' });
  vectorize.requests.length = 0;
  vectorize.faults.length = 0;
  told.length = 0;
});
afterEach(() => {
  vectorize.onRequest = null;
});
afterAll(async () => {
  await vectorize.close();
  await sql.end();
  await postgres.close();
  await local.dispose();
  vi.unstubAllEnvs();
});

/** Vectors with a colour and, but for every third, a price. */
function data(count: number, seed: number): Partial<IndexRequest> {
  const items = Array.from({ length: count }, (_, i): CorpusItem => ({
    id: String(i),
    metadata: JSON.stringify({ colour: i % 2 ? 'red' : 'blue', ...(i % 3 ? { price: i } : {}) }),
  }));
  return { fresh: freshInMemory(items, DIM, unitRows(count, DIM, seed)) };
}

function run(corpus: string, changes: Partial<IndexRequest>, vectorizeIndex?: string): Promise<IndexSummary> {
  const request: IndexRequest = {
    corpus,
    selection: { id: 'a'.repeat(64), record },
    modality: 'image',
    fresh: null,
    thumbnails: new Map(),
    dropThumbnails: false,
    deletions: new Set(),
    replace: false,
    plan: null,
    rerank: null,
    fields: null,
    budgetBytes: 2 ** 25,
    engines: openEngines(LOCAL_DEPLOYMENT, { vectorizeIndex: vectorizeIndex ?? 'made' }),
    now: NOW,
    ...changes,
  };
  const startProgress = () => ({ add: () => undefined, stop: () => undefined });
  const { engines } = request;
  return indexCorpus(local.kv, request, { startProgress, tell: (line) => told.push(line) }).finally(() =>
    engines?.close(),
  );
}

/** Runs while the platform shows every change as soon as somebody asks how far it is. */
function runSettling(corpus: string, changes: Partial<IndexRequest>): Promise<IndexSummary> {
  vectorize.onRequest = (asked) => {
    if (asked === 'GET info') index.settle();
  };
  return run(corpus, changes).finally(() => (vectorize.onRequest = null));
}

const drop = (corpus: string, rest: { readonly engine?: EngineKind } = {}) =>
  dropWithRows(local.kv, openEngines(LOCAL_DEPLOYMENT, { vectorizeIndex: 'made' }), { corpus, ...rest });

const query = unitRows(1, DIM, 99);
const FILTERS: FieldFilter[][] = [
  [],
  [{ field: 'colour', eq: 'red' }],
  [{ field: 'price', min: 5, max: 30 }],
];

/** Answers of a new isolate, with a binding to the index. */
async function answers(corpus: string) {
  const store = createCorpusStore(local.kv);
  const found = await store.read(corpus);
  if (found === null) return null;
  const env = {
    VECTORS: nodeBinding(index),
    POSTGRES: {
      query: (spec: PostgresSpec, asked: EngineQuery) => openPostgresEngine(sql, spec).query(asked),
    },
  };
  const search = createCorpusSearcher(store, 2 ** 24, loadScanKernels, (spec) => openBoundEngine(env, spec));
  const { manifest } = found;
  return Promise.all(
    FILTERS.map(async (filters) => {
      const asked = {
        manifest,
        model: record.model,
        embedding: query,
        modality: 'text',
        baseRate: undefined,
      } as const;
      const { hits, isComplete } = await search({
        ...asked,
        minProbability: null,
        filters,
        depth: 10,
        rerank: COUNT,
      });
      return {
        isComplete,
        hits: hits.map(({ position, score, probability, cosine }) => ({
          position,
          score,
          probability,
          cosine,
        })),
      };
    }),
  );
}

const manifestOf = async (corpus: string) => {
  const manifest = await readManifest(local.kv, corpus);
  if (manifest === null) throw new Error(`no corpus ${corpus}`);
  return manifest;
};

describe('index --engine vectorize', () => {
  it('answers as the isolate does, once what was written is seen and not before', async () => {
    await run('scanned', { ...data(COUNT, 1), plan: 'compact' });
    const indexing = run('shop', { ...data(COUNT, 1), engine: 'vectorize' });
    await vi.waitFor(
      () => expect(vectorize.requests.filter((request) => request === 'GET info').length).toBeGreaterThan(1),
      { timeout: 300_000 },
    );
    expect(await readManifest(local.kv, 'shop')).toBeNull();
    expect(told.join('')).toContain('waiting until the rows are seen');
    index.settle();
    expect(await indexing).toMatchObject({ count: COUNT, engine: 'vectorize', plan: 'compact' });
    expect((await manifestOf('shop')).engine).toEqual({
      kind: 'vectorize',
      collection: expect.stringMatching(/^shop_[0-9a-f]{16}$/) as string,
      index: 'made',
      dimensions: 8,
      texts: ['colour', 'price'],
      numbers: ['price'],
    });
    const found = await answers('shop');
    expect(found).toEqual(await answers('scanned'));
    expect(found?.map(({ hits }) => hits.length)).toEqual([10, 10, 10]);
    // Rows, and the marker.
    expect(index.info().vectorCount).toBe(COUNT + 1);
  });

  it('names rows that are not seen yet with --no-wait, and then says so', async () => {
    await run('early', { ...data(COUNT, 1), engine: 'vectorize', mayBePending: true });
    expect((await manifestOf('early')).engine).toHaveProperty('pending');
    expect(await answers('early')).toEqual(FILTERS.map(() => ({ isComplete: false, hits: [] })));
    index.settle();
    const found = await answers('early');
    expect(found?.map(({ isComplete, hits }) => [isComplete, hits.length])).toEqual(
      FILTERS.map(() => [true, 10]),
    );
    const { written } = index;
    await run('early', { engine: 'vectorize' });
    // Nothing deleted them since the manifest that names them.
    expect((await manifestOf('early')).engine).not.toHaveProperty('pending');
    expect(index.written).toBe(written);
    expect(await answers('early')).toEqual(found);
  });

  it('is taken up where it ended, and writes no row twice', async () => {
    // The batch is taken, and everything after it is refused: as if the command had been killed.
    const flags = { ...data(COUNT, 1), engine: 'vectorize' } as const;
    vectorize.onRequest = (asked) => {
      if (vectorize.requests.includes('POST upsert') && asked !== 'POST upsert')
        vectorize.faults.push(refusal);
    };
    await expect(run('killed', flags)).rejects.toThrow(/refused the credentials/);
    vectorize.onRequest = null;
    vectorize.faults.length = 0;
    expect(await readManifest(local.kv, 'killed')).toBeNull();
    index.settle();
    const { written } = index;
    expect(await runSettling('killed', flags)).toMatchObject({ count: COUNT });
    // The marker alone.
    expect(index.written).toBe(written + 1);
    expect(index.info().vectorCount).toBe(COUNT + 1);
  });

  it('sends new rows alone, and removes those of replaced segments an hour later', async () => {
    await runSettling('grown', { ...data(COUNT, 1), engine: 'vectorize' });
    const rows = () => index.visibleIds().filter((id) => !id.endsWith('-seen')).length;
    expect(rows()).toBe(COUNT);
    await runSettling('grown', { ...data(10, 2), replace: true });
    // The old ones stay for readers of the older manifest, and take no places of the new.
    expect(rows()).toBe(COUNT + 10);
    const found = await answers('grown');
    expect(found?.map(({ hits }) => hits.length)).toEqual([10, 5, 3]);
    await runSettling('grown', { rerank: 7, now: LATER });
    index.settle();
    expect(rows()).toBe(10);
    expect(await answers('grown')).toEqual(found);
  });

  it('keeps a field where it is in the index when another gets numbers', async () => {
    const two = (seed: number, ...items: object[]): Partial<IndexRequest> => {
      const rows = items.map((item, i) => ({ id: `${seed}-${i}`, metadata: JSON.stringify(item) }));
      return { fresh: freshInMemory(rows, DIM, unitRows(rows.length, DIM, seed)) };
    };
    const old = [
      { age: 'new', price: 3 },
      { age: 'old', price: 5 },
    ];
    await runSettling('fields', { ...two(1, ...old), engine: 'vectorize' });
    await runSettling('fields', two(2, { age: 4, price: 3 }, { age: 'old' }));
    expect((await manifestOf('fields')).engine).toMatchObject({
      texts: ['age', 'price'],
      numbers: ['price', 'age'],
    });
    // Also where it was elsewhere in between, or filters did not know the field: rows of before are there, and not sent again.
    await runSettling('fields', { engine: 'isolate' });
    await runSettling('fields', { engine: 'vectorize', fields: ['age'] });
    await runSettling('fields', { engine: 'isolate', fields: ['age', 'price'] });
    await runSettling('fields', { engine: 'vectorize' });
    expect((await manifestOf('fields')).engine).toMatchObject({
      texts: ['age', 'price'],
      numbers: ['price', 'age'],
    });
  });

  it.each([false, true])(
    'sends rows again that are still seen and about to leave (without waiting: %s)',
    async (mayBePending) => {
      const again = async (corpus: string, changes: Partial<IndexRequest>) => {
        await runSettling(corpus, { ...changes, engine: 'vectorize', mayBePending });
        index.settle();
        const found = await answers(corpus);
        expect(found?.map(({ isComplete, hits }) => [isComplete, hits.length])).toEqual(
          FILTERS.map(() => [true, 10]),
        );
        expect(index.info().vectorCount).toBe(COUNT + 1);
      };
      await runSettling('dropped', { ...data(COUNT, 1), engine: 'vectorize' });
      await drop('dropped');
      await again('dropped', data(COUNT, 1));
      await drop('dropped');
      index.settle();

      await runSettling('returns', { ...data(COUNT, 1), engine: 'vectorize' });
      await run('returns', { engine: 'isolate' });
      await run('returns', { rerank: 7, now: LATER });
      await again('returns', { now: LATER });
    },
  );

  it('sends rows of a segment again that was just removed', async () => {
    await runSettling('taken-back', { ...data(COUNT, 1), engine: 'vectorize' });
    await runSettling('taken-back', { ...data(10, 2), replace: true });
    await run('taken-back', { rerank: 7, now: LATER });
    await runSettling('taken-back', { ...data(COUNT, 1), replace: true, now: LATER });
    index.settle();
    expect((await answers('taken-back'))?.map(({ hits }) => hits.length)).toEqual([10, 10, 10]);
  });

  it('says that rows are missing which the engine lost', async () => {
    await runSettling('lossy', { ...data(COUNT, 1), engine: 'vectorize' });
    index.deleteByIds(index.visibleIds().filter((id) => id.endsWith('-3')));
    index.settle();
    const [plain] = (await answers('lossy')) ?? [];
    expect(plain).toMatchObject({ isComplete: false });
  });

  it('drops its rows with the corpus, also when that was killed in between', async () => {
    await runSettling('other', { ...data(3, 3), engine: 'vectorize' });
    await runSettling('gone', { ...data(COUNT, 1), engine: 'vectorize' });
    expect(index.visibleIds()).toHaveLength(COUNT + 1 + 3 + 1);
    vectorize.onRequest = (asked) => {
      if (asked === 'POST delete_by_ids') vectorize.faults.push(refusal);
    };
    await expect(drop('gone')).rejects.toThrow(
      /refused the credentials.* --corpus gone --drop --engine vectorize --vectorize-index made/,
    );
    vectorize.onRequest = null;
    expect(await readManifest(local.kv, 'gone')).toBeNull();
    await expect(drop('gone')).rejects.toThrow('there is no corpus "gone" to drop');
    expect(await drop('gone', { engine: 'vectorize' })).toEqual({ corpus: 'gone', dropped: true });
    index.settle();
    expect(index.visibleIds()).toHaveLength(4);
    await drop('other');
    index.settle();
    expect(index.visibleIds()).toEqual([]);
  });
});

describe('a corpus whose engine is not reached', () => {
  it.each(['postgres', 'vectorize'] as const)(
    'is not dropped, unless its rows in %s are to be left',
    async (engine) => {
      const corpus = `unreached-${engine}`;
      await runSettling(corpus, { ...data(3, 3), engine });
      vi.stubEnv('POSTGRES_URL', 'postgres://nobody@127.0.0.1:1/none');
      vi.stubEnv('CLOUDFLARE_API_TOKEN', 'wrong');
      try {
        await expect(drop(corpus)).rejects.toThrow(
          /are not reached, and nothing is dropped: .*--engine isolate/,
        );
        expect(await readManifest(local.kv, corpus)).not.toBeNull();
        expect(await drop(corpus, { engine: 'isolate' })).toEqual({ corpus, dropped: true });
        expect(await readManifest(local.kv, corpus)).toBeNull();
      } finally {
        vi.stubEnv('POSTGRES_URL', postgres.url);
        vi.stubEnv('CLOUDFLARE_API_TOKEN', vectorize.account.token);
      }
      await drop(corpus, { engine });
    },
  );
});

describe('a corpus that moves', () => {
  const kinds: EngineKind[] = ['isolate', 'vectorize', 'postgres'];
  const pairs = kinds.flatMap((from) => kinds.filter((to) => to !== from).map((to) => [from, to] as const));

  it.each(pairs)('from %s to %s answers as before, from one or the other at any moment', async (from, to) => {
    const corpus = `${from}-${to}`;
    await runSettling(corpus, { ...data(COUNT, 1), engine: from, plan: 'compact' });
    const before = await answers(corpus);
    const moving = runSettling(corpus, { engine: to });
    let isOver = false;
    void moving.finally(() => (isOver = true));
    while (!isOver) expect(await answers(corpus)).toEqual(before);
    expect(await moving).toMatchObject({ engine: to, count: COUNT, valuesWritten: 0 });
    expect(await answers(corpus)).toEqual(before);
    const { retiredEngines = [] } = await manifestOf(corpus);
    expect(retiredEngines.map(({ engine }) => engine.kind)).toEqual(from === 'isolate' ? [] : [from]);
  });

  it('leaves no rows of segments behind that left while it was elsewhere', async () => {
    const minutes = (count: number) => new Date(Date.parse(NOW) + 60_000 * count).toISOString();
    await runSettling('away', { ...data(COUNT, 1), engine: 'vectorize' });
    await runSettling('away', { ...data(10, 2), replace: true, now: minutes(1) });
    await run('away', { engine: 'isolate', now: minutes(30) });
    await run('away', { rerank: 7, now: minutes(62) });
    index.settle();
    expect(index.visibleIds()).toHaveLength(10 + 1);
    await runSettling('away', { engine: 'vectorize', now: minutes(63) });
    expect(index.visibleIds()).toHaveLength(10 + 1);
    expect((await answers('away'))?.map(({ isComplete }) => isComplete)).toEqual([true, true, true]);
  });

  it('leaves no rows behind an hour later', async () => {
    await runSettling('left', { ...data(COUNT, 1), engine: 'vectorize' });
    await run('left', { engine: 'isolate' });
    await run('left', { rerank: 7, now: LATER });
    index.settle();
    expect(index.visibleIds()).toEqual([]);
    expect(await manifestOf('left')).not.toHaveProperty('retiredEngines');
  });
});

describe('the doctor', () => {
  const behindEngines = async () =>
    (await walkCorpora(local.kv, await listEntries(local.kv, ''), new Findings())).behindEngines;

  it('tells corpora whose index is another than the Worker binds, or is not as it was', async () => {
    await runSettling('shop', { ...data(3, 3), engine: 'vectorize' });
    await run('scanned', data(3, 3));
    const told = async (vectorizeIndex?: string): Promise<string[]> => {
      const problems = await engineProblems(await behindEngines(), { ...LOCAL_DEPLOYMENT, vectorizeIndex });
      return problems.map(({ kind, key, what }) => `${kind} ${key}: ${what}`);
    };
    const key = 'unfit corpus:v2:name:shop:';
    const rows = 'its rows are in the index "made" of Vectorize';
    expect(await told('made')).toEqual([]);
    expect(await told('other')).toEqual([`${key} ${rows}, and the binding VECTORS is of "other"`]);
    expect(await told()).toEqual([`${key} ${rows}, and there is no binding VECTORS`]);
    index.deleteByIds(index.visibleIds().filter((id) => id.endsWith('-2')));
    index.settle();
    expect(await told('made')).toEqual([`${key} Vectorize shows 0 of its 1 segments whole`]);
    vectorize.create('made', { dimensions: 16, metric: 'cosine' });
    expect(await told('made')).toEqual([
      `${key} it was written for 8 dimensions and cosine, the index "made" of Vectorize has 16 and cosine`,
    ]);
    vectorize.account.indexes.clear();
    expect(await told('made')).toEqual([expect.stringContaining('vectorize.index.not_found')]);
    vi.stubEnv('CLOUDFLARE_API_TOKEN', '');
    expect(await told('made')).toEqual([]);
  });

  it('tells corpora in PostgreSQL that is not bound, or has lost rows, those of an owner by their names', async () => {
    await run('acme/shop', { ...data(3, 3), engine: 'postgres' });
    const told = async (bindsPostgres: boolean) =>
      engineProblems(await behindEngines(), { ...LOCAL_DEPLOYMENT, bindsPostgres });
    const problem = { kind: 'unfit', namespace: 'CORPORA', key: corpusKey('acme/shop') };
    expect(problem.key).toContain('acme');
    expect(await told(true)).toEqual([]);
    expect(await told(false)).toEqual([
      {
        ...problem,
        what: 'its rows are in PostgreSQL, and there is no binding POSTGRES',
        do: expect.stringContaining('npm run -s index -- --corpus acme/shop --engine isolate') as string,
      },
    ]);
    const { engine } = await manifestOf('acme/shop');
    await sql`DELETE FROM ${sql(`alignql.rows_${engine?.collection}`)} WHERE place = 1`;
    expect(await told(true)).toEqual([
      {
        ...problem,
        what: 'PostgreSQL has 2 rows of its 3 vectors',
        do: 'Write what is missing: npm run -s index -- --corpus acme/shop --engine postgres',
      },
    ]);
    // Which that command does.
    await run('acme/shop', { engine: 'postgres' });
    expect(await told(true)).toEqual([]);
    vi.stubEnv('POSTGRES_URL', 'postgres://nobody@127.0.0.1:1/none');
    expect(await told(true)).toMatchObject([
      { what: expect.stringContaining('cannot be reached') as string },
    ]);
    vi.stubEnv('POSTGRES_URL', postgres.url);
    await drop('acme/shop');
  });
});

describe('what is refused, with what to do', () => {
  const flags = () => ({ ...data(3, 3), engine: 'vectorize' }) as const;

  it.each([
    ['no token', () => vi.stubEnv('CLOUDFLARE_API_TOKEN', ''), {}, /CLOUDFLARE_API_TOKEN.*"Vectorize: Edit"/],
    [
      'another token',
      () => vi.stubEnv('CLOUDFLARE_API_TOKEN', 'wrong'),
      {},
      /Authentication error.*"Vectorize: Edit"/,
    ],
    [
      'an index that is not there',
      () => vectorize.account.indexes.clear(),
      {},
      /vectorize\.index\.not_found.*npx wrangler vectorize create made/,
    ],
    ['no index', () => undefined, { engines: openEngines(LOCAL_DEPLOYMENT, {}) }, /binding VECTORS/],
    [
      'an index of another metric',
      () => vectorize.create('made', { dimensions: 8, metric: 'dot-product' }),
      {},
      /compares by dot-product, corpora need cosine/,
    ],
    [
      'too small an index',
      () => vectorize.create('made', { dimensions: 5, metric: 'cosine' }),
      {},
      /has 5 dimensions, the corpus keeps 6 coordinates/,
    ],
    [
      'a weighted fusion',
      () => undefined,
      { selection: { id: 'b'.repeat(64), record: weighted } },
      /weighted fusion/,
    ],
    ['plan full', () => undefined, { plan: 'full' }, /--plan full is for the isolate/],
  ] satisfies [string, () => unknown, Partial<IndexRequest>, RegExp][])(
    '%s',
    async (_, prepare, changes, message) => {
      prepare();
      await expect(run('refused', { ...flags(), ...changes })).rejects.toThrow(message);
      expect(await readManifest(local.kv, 'refused')).toBeNull();
    },
  );

  it('is asked again after 429 and 503, and not told the token', async () => {
    const busy = { errors: [{ code: 40041, message: 'Too Many Requests' }] };
    vectorize.faults.push({ status: 429, headers: { 'retry-after': '0' }, body: busy });
    vectorize.faults.push({ status: 503, body: 'down' });
    await runSettling('patient', flags());
    expect(vectorize.requests.slice(0, 3)).toEqual(['GET .', 'GET .', 'GET .']);
    vectorize.faults.push({ status: 400, body: { errors: [{ code: 1, message: 'you are a-token' }] } });
    await expect(run('patient', flags())).rejects.toThrow('you are ***');
  });
});
