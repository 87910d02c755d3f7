import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type PostgresServer, PASSWORD, startPostgres } from '../../bench/engines/postgres-server.ts';
import { dropWithRows } from '../../scripts/corpus/engines/drop-with-rows.ts';
import type { Engines } from '../../scripts/corpus/engines/engines.ts';
import { openEngines } from '../../scripts/corpus/engines/open-engines.ts';
import { placeOf, postgresSpec } from '../../scripts/corpus/engines/postgres.ts';
import { freshInMemory } from '../../scripts/corpus/fresh-vectors.ts';
import { type IndexRequest, type IndexSummary, indexCorpus } from '../../scripts/corpus/index-corpus.ts';
import { readConnectionString } from '../../scripts/postgres/connection-string.ts';
import { openPostgresEngine } from '../../scripts/postgres/postgres-engine.ts';
import { type Sql, connect } from '../../src/postgres/connect.ts';
import type { CorpusManifest } from '../../src/format/corpus-manifest.ts';
import { searchCorpus } from '../../src/search/search-corpus.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { openIsolate } from '../search/isolate.ts';
import { NOW, madeItems, unitRows } from '../search/made-corpus.ts';
import { type FaultyKv, type LocalKv, openMemoryKv, withFaults } from '../storage/local-kv.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { LOCAL_DEPLOYMENT } from './local-deployment.ts';

const DIM = 16;
const COUNT = 60;
const HOUR_MS = 3_600_000;
const record = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: DIM, k: 6 });

const DROPPING = { mayBePending: false, tell: () => undefined };

const folder = temporaryFolder();
let server: PostgresServer;
let sql: Sql;
let local: LocalKv;
let kv: FaultyKv;
beforeAll(async () => {
  [server, local] = await Promise.all([startPostgres(), openMemoryKv()]);
  sql = connect(server.url);
  vi.stubEnv('POSTGRES_URL', server.url);
});
beforeEach(async () => {
  await local.clear();
  kv = withFaults(local.kv);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await sql.end();
  await Promise.all([server.close(), local.dispose()]);
});

const data = (count: number): Partial<IndexRequest> => ({
  fresh: freshInMemory(madeItems(count), DIM, unitRows(count, DIM, 3)),
});
const later = (hours: number): string => new Date(Date.parse(NOW) + hours * HOUR_MS + 1000).toISOString();

async function withEngines<T>(
  work: (engines: Engines) => Promise<T>,
  options: Parameters<typeof openEngines>[1] = {},
): Promise<T> {
  const engines = openEngines(LOCAL_DEPLOYMENT, options);
  try {
    return await work(engines);
  } finally {
    await engines.close();
  }
}

function index(
  changes: Partial<IndexRequest>,
  options: Parameters<typeof openEngines>[1] = {},
): Promise<IndexSummary> {
  const request = {
    corpus: 'made',
    selection: { id: 'a'.repeat(64), record },
    modality: 'image',
    fresh: null,
    thumbnails: new Map(),
    dropThumbnails: false,
    deletions: new Set<string>(),
    replace: false,
    plan: null,
    rerank: null,
    fields: null,
    budgetBytes: 2 ** 25,
    now: NOW,
  } as const;
  const output = {
    startProgress: () => ({ add: () => undefined, stop: () => undefined }),
    tell: () => undefined,
  };
  return withEngines((engines) => indexCorpus(kv, { ...request, engines, ...changes }, output), options);
}

async function stored(): Promise<CorpusManifest> {
  const manifest = await readManifest(kv, 'made');
  if (manifest === null) throw new Error('there is no corpus');
  return manifest;
}

/** What a search finds by the engine, and by a scan of the same corpus. */
async function bothWays() {
  const manifest = await stored();
  const search = {
    manifest,
    model: record.model,
    embedding: unitRows(1, DIM, 99),
    modality: 'text',
    baseRate: undefined,
    minProbability: null,
    filters: [{ field: 'colour', eq: 'red' }],
    depth: 10,
    rerank: COUNT,
  } as const;
  if (manifest.engine?.kind !== 'postgres') throw new Error('the corpus is not behind PostgreSQL');
  const engine = openPostgresEngine(sql, manifest.engine);
  const place = openIsolate(kv);
  return {
    behind: await searchCorpus(search, { ...place, engine }),
    scanned: await searchCorpus(search, place),
  };
}

/** The tables with rows, by how many. */
async function tables(): Promise<number[]> {
  const known = await sql<{ name: string }[]>`SELECT name FROM alignql.collections ORDER BY created_at`;
  const counts = known.map(
    ({ name }) =>
      sql<[{ count: number }]>`SELECT count(*)::integer AS count FROM ${sql(`alignql.rows_${name}`)}`,
  );
  return (await Promise.all(counts)).map(([{ count }]) => count);
}

it('moves a corpus in, from index to index, and out, without its data, and clears what it leaves an hour later', async () => {
  await index(data(COUNT));
  expect(await index({ engine: 'postgres' })).toMatchObject({
    engine: 'postgres',
    plan: 'compact',
    count: COUNT,
  });
  expect((await stored()).engine).toMatchObject({ kind: 'postgres', index: 'exact' });
  const exact = await bothWays();
  expect(exact.behind.hits).toEqual(exact.scanned.hits);
  expect(exact.behind.isComplete).toBe(true);

  await index({ now: later(1) }, { postgresIndex: 'hnsw' });
  expect((await stored()).engine).toMatchObject({ kind: 'postgres', index: 'hnsw' });
  expect((await stored()).retiredEngines).toHaveLength(1);
  expect(await tables()).toEqual([COUNT, COUNT]);
  const walked = await bothWays();
  expect(walked.behind.hits).toEqual(walked.scanned.hits);

  // It stays as it is unless another is asked for. The table that it has left goes.
  await index({ ...data(COUNT + 5), now: later(3) });
  const { engine, retiredEngines } = await stored();
  expect({ engine, retiredEngines }).toMatchObject({ engine: { index: 'hnsw' }, retiredEngines: undefined });
  expect(await tables()).toEqual([2 * COUNT + 5]); // rows of the segment before, for whoever reads an older manifest
  await index({ ...data(1), now: later(5) });
  expect(await tables()).toEqual([COUNT + 5]);

  await index({ engine: 'isolate', now: later(6) });
  expect((await stored()).engine).toBeUndefined();
  await index({ ...data(2), now: later(8) });
  expect(await tables()).toEqual([]);
});

it('goes on where it was stopped, and has every row once', async () => {
  kv.fault = (call) => {
    if (call.startsWith('put corpus:v2:name')) throw new Error('stopped');
  };
  await expect(index({ ...data(COUNT), engine: 'postgres' })).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
  });
  expect(await readManifest(kv, 'made')).toBeNull();
  expect(await tables()).toEqual([COUNT]);
  kv.fault = null;
  await index({ ...data(COUNT), engine: 'postgres' });
  expect(await tables()).toEqual([COUNT]);
  const { behind, scanned } = await bothWays();
  expect(behind.hits).toEqual(scanned.hits);

  await withEngines((engines) => dropWithRows(kv, engines, { ...DROPPING, corpus: 'made' }));
  expect(await tables()).toEqual([]);
});

it('drops what a corpus left whose manifest is gone', async () => {
  await index({ ...data(COUNT), engine: 'postgres' });
  await index({ ...data(COUNT), corpus: 'other', engine: 'postgres' });
  await local.clear();
  await withEngines((engines) =>
    dropWithRows(kv, engines, { ...DROPPING, corpus: 'made', engine: 'postgres' }),
  );
  expect(await tables()).toEqual([COUNT]);
  await withEngines((engines) =>
    dropWithRows(kv, engines, { ...DROPPING, corpus: 'other', engine: 'postgres' }),
  );
  expect(await tables()).toEqual([]);
});

it('names a collection that no other corpus has, whatever the name is', () => {
  const place = placeOf(LOCAL_DEPLOYMENT);
  const facts = {
    selection: 'a'.repeat(64),
    model: record.model,
    count: 5,
    fields: [],
    numbers: [],
    previous: undefined,
    retired: [],
  };
  const named = ['a', 'a.', 'a-', '0', `x${'.y'.repeat(30)}`, 'x'.repeat(64)].map((corpus) =>
    postgresSpec({ ...facts, corpus }, undefined, place),
  );
  for (const { collection } of named) expect(collection).toMatch(/^[a-z0-9_]{1,48}$/);
  expect(new Set(named.map(({ collection }) => collection)).size).toBe(named.length);
  const places = [
    LOCAL_DEPLOYMENT,
    { ...LOCAL_DEPLOYMENT, isRemote: true },
    { ...LOCAL_DEPLOYMENT, corpora: { ...LOCAL_DEPLOYMENT.corpora, id: 'another' } },
  ].map((deployment) => postgresSpec({ ...facts, corpus: 'a' }, undefined, placeOf(deployment)).collection);
  expect(new Set(places).size).toBe(places.length);
  const large = { ...facts, corpus: 'a', model: { ...record.model, k: 4001 }, count: 1e6 };
  expect(() => postgresSpec(large, undefined, place)).toThrow(
    'the selection keeps 4001 coordinates, pgvector takes 4000 by index hnsw: give --postgres-index exact or bits, or choose',
  );
  expect(postgresSpec(large, 'bits', place).index).toBe('bits');
});

it('asks for a connection string where there is none, and repeats none that is wrong', async () => {
  await expect(readConnectionString({}, folder.path())).rejects.toThrow(
    /^the engine postgres takes POSTGRES_URL: set it to/,
  );
  folder.put('.dev.vars', '# local\nPOSTGRES_URL="postgres://in-the-file"\n');
  expect(await readConnectionString({}, folder.path())).toBe('postgres://in-the-file');
  expect(await readConnectionString({ POSTGRES_URL: 'postgres://first' }, folder.path())).toBe(
    'postgres://first',
  );
  vi.stubEnv('POSTGRES_URL', `mysql://root:${PASSWORD}@host`);
  const refused: unknown = await index({ ...data(COUNT), engine: 'postgres' }).catch(
    (error: unknown) => error,
  );
  vi.stubEnv('POSTGRES_URL', server.url);
  expect(String(refused)).toContain(
    'POSTGRES_URL: expected a connection string that begins with postgres://',
  );
  expect(String(refused)).not.toContain(PASSWORD);
});
