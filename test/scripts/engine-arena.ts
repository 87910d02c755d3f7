import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { type PostgresServer, startPostgres } from '../../bench/engines/postgres-server.ts';
import { dropWithRows } from '../../scripts/corpus/engines/drop-with-rows.ts';
import type { Engines } from '../../scripts/corpus/engines/engines.ts';
import { openEngines } from '../../scripts/corpus/engines/open-engines.ts';
import { freshInMemory } from '../../scripts/corpus/fresh-vectors.ts';
import { type IndexRequest, type IndexSummary, indexCorpus } from '../../scripts/corpus/index-corpus.ts';
import { engineProblems } from '../../scripts/doctor/check-engines.ts';
import { Findings } from '../../scripts/doctor/findings.ts';
import type { Problem } from '../../scripts/doctor/storage-report.ts';
import { walkCorpora } from '../../scripts/doctor/walk-corpora.ts';
import type { Deployment } from '../../scripts/kv/deployment.ts';
import { openPostgresEngine } from '../../scripts/postgres/postgres-engine.ts';
import { loadScanKernels } from '../../scripts/search/scan-kernels.ts';
import type { FieldFilter } from '../../src/core/search/field-filter.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';
import type { CorpusManifest } from '../../src/format/corpus-manifest.ts';
import { type Sql, connect } from '../../src/postgres/connect.ts';
import type { PostgresSpec } from '../../src/postgres/tables.ts';
import { openBoundEngine } from '../../src/search/bound-engines.ts';
import type { EngineQuery } from '../../src/search/engine.ts';
import { createCorpusSearcher } from '../../src/search/corpus-searcher.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { listEntries } from '../../src/storage/kv-calls.ts';
import { createCorpusStore } from '../../src/storage/corpus-store.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { NOW, unitRows } from '../search/made-corpus.ts';
import type { FakeIndex } from '../search/vectorize/fake-index.ts';
import { nodeBinding } from '../search/vectorize/node-binding.ts';
import { type OpenVectorize, openVectorize } from '../search/vectorize/open-vectorize.ts';
import { type FaultyKv, type LocalKv, openMemoryKv, withFaults } from '../storage/local-kv.ts';
import { LOCAL_DEPLOYMENT } from './local-deployment.ts';

const DIM = 16;
export const COUNT = 40;
const HOUR_MS = 3_600_000;
/** When what has retired is removed. */
export const LATER = new Date(Date.parse(NOW) + HOUR_MS + 1000).toISOString();
export const record = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: DIM, k: 6 });
export const weighted = buildSelection(5, { projection: 'mask', fusion: 'weighted', dim: DIM, k: 3 });
const query = unitRows(1, DIM, 99);
export const FILTERS: readonly FieldFilter[][] = [
  [],
  [{ field: 'colour', eq: 'red' }],
  [{ field: 'price', min: 5, max: 30 }],
];

/** What there is for commands in one file of tests: an account of Vectorize, KV, and PostgreSQL where it was asked for. */
export interface EngineArena {
  /** Whose calls may fail. */
  readonly kv: FaultyKv;
  readonly local: LocalKv;
  readonly vectorize: OpenVectorize;
  /** Of the index `made`, anew for each test. */
  readonly index: FakeIndex;
  readonly postgres: PostgresServer;
  readonly sql: Sql;
  /** What commands said on stderr. */
  readonly told: string[];
  /** As commands open them. */
  engines(): Engines;
  run(corpus: string, changes: Partial<IndexRequest>, vectorizeIndex?: string): Promise<IndexSummary>;
  /** Runs while the platform shows every change as soon as somebody asks how far it is. */
  runSettling(corpus: string, changes: Partial<IndexRequest>): Promise<IndexSummary>;
  drop(corpus: string, rest?: Partial<Dropping>): Promise<unknown>;
  dropSettling(corpus: string, rest?: Partial<Dropping>): Promise<unknown>;
  /** Of a new isolate that has both bindings, to each of `FILTERS`; null where there is no corpus. */
  answers(corpus: string): Promise<readonly Answer[] | null>;
  manifestOf(corpus: string): Promise<CorpusManifest>;
  /** What the doctor finds of corpora behind engines. */
  problems(deployment: Partial<Deployment>): Promise<Problem[]>;
  /** Rows that lie in PostgreSQL, by table. */
  postgresRows(): Promise<number[]>;
}

type Dropping = Parameters<typeof dropWithRows>[2];
interface Answer {
  readonly isComplete: boolean;
  readonly hits: readonly object[];
}

/** Vectors with a colour and, but for every third, a price. */
export function data(count: number, seed: number): Partial<IndexRequest> {
  const items = Array.from({ length: count }, (_, i): CorpusItem => ({
    id: String(i),
    metadata: JSON.stringify({ colour: i % 2 ? 'red' : 'blue', ...(i % 3 ? { price: i } : {}) }),
  }));
  return { fresh: freshInMemory(items, DIM, unitRows(count, DIM, seed)) };
}

/** Vectors with these as their metadata. */
export function items(seed: number, ...metadata: object[]): Partial<IndexRequest> {
  const rows = metadata.map((item, i) => ({ id: `${seed}-${i}`, metadata: JSON.stringify(item) }));
  return { fresh: freshInMemory(rows, DIM, unitRows(rows.length, DIM, seed)) };
}

/** Opens it before the tests of a file and closes it after them. */
export function useEngines({ withPostgres }: { readonly withPostgres: boolean }): EngineArena {
  const arena = {} as { -readonly [K in keyof EngineArena]: EngineArena[K] };
  Object.assign(arena, {
    told: [],
    engines: () => openEngines(LOCAL_DEPLOYMENT, { vectorizeIndex: 'made' }),
    run: runIndex,
    runSettling: (corpus: string, changes: Partial<IndexRequest>) => settling(runIndex(corpus, changes)),
    drop: dropCorpus,
    dropSettling: (corpus: string, rest?: Partial<Dropping>) => settling(dropCorpus(corpus, rest)),
    answers,
    manifestOf,
    problems,
    postgresRows,
  });

  beforeAll(async () => {
    arena.local = await openMemoryKv();
    arena.vectorize = await openVectorize();
    vi.stubEnv('CLOUDFLARE_API_BASE_URL', arena.vectorize.url);
    vi.stubEnv('CLOUDFLARE_ACCOUNT_ID', arena.vectorize.account.id);
    if (!withPostgres) return;
    arena.postgres = await startPostgres();
    arena.sql = connect(arena.postgres.url);
  });
  beforeEach(async () => {
    const { local, vectorize, told } = arena;
    await local.clear();
    arena.kv = withFaults(local.kv);
    vi.stubEnv('CLOUDFLARE_API_TOKEN', vectorize.account.token);
    if (withPostgres) {
      vi.stubEnv('POSTGRES_URL', arena.postgres.url);
      await arena.sql`DROP SCHEMA IF EXISTS alignql CASCADE`;
    }
    arena.index = vectorize.create('made', { dimensions: 8, metric: 'cosine' });
    vectorize.requests.length = 0;
    vectorize.faults.length = 0;
    told.length = 0;
  });
  afterEach(() => {
    arena.vectorize.onRequest = null;
  });
  afterAll(async () => {
    await arena.vectorize.close();
    if (withPostgres) {
      await arena.sql.end();
      await arena.postgres.close();
    }
    await arena.local.dispose();
    vi.unstubAllEnvs();
  });

  return arena;

  async function settling<T>(work: Promise<T>): Promise<T> {
    arena.vectorize.onRequest = (asked) => {
      if (asked === 'GET info') arena.index.settle();
    };
    return work.finally(() => (arena.vectorize.onRequest = null));
  }

  function runIndex(
    corpus: string,
    changes: Partial<IndexRequest>,
    vectorizeIndex?: string,
  ): Promise<IndexSummary> {
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
    const tell = (line: string): unknown => arena.told.push(line);
    const { engines } = request;
    return indexCorpus(arena.kv, request, { startProgress, tell }).finally(() => engines?.close());
  }

  async function dropCorpus(corpus: string, rest: Partial<Dropping> = {}): Promise<unknown> {
    const engines = arena.engines();
    const tell = (line: string): unknown => arena.told.push(line);
    return dropWithRows(arena.kv, engines, { corpus, mayBePending: false, tell, ...rest }).finally(() =>
      engines.close(),
    );
  }

  async function answers(corpus: string): Promise<readonly Answer[] | null> {
    const { local, index, sql } = arena;
    const store = createCorpusStore(local.kv);
    const found = await store.read(corpus);
    if (found === null) return null;
    const env = {
      VECTORS: nodeBinding(index),
      POSTGRES: {
        query: (spec: PostgresSpec, asked: EngineQuery) => openPostgresEngine(sql, spec).query(asked),
      },
    };
    const search = createCorpusSearcher(store, 2 ** 24, loadScanKernels, (spec) =>
      openBoundEngine(env, spec),
    );
    const { manifest } = found;
    const asked = {
      manifest,
      model: record.model,
      embedding: query,
      modality: 'text',
      baseRate: undefined,
      minProbability: null,
      depth: 10,
      rerank: COUNT,
    } as const;
    return Promise.all(
      FILTERS.map(async (filters) => {
        const { hits, isComplete } = await search({ ...asked, filters });
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

  async function manifestOf(corpus: string): Promise<CorpusManifest> {
    const manifest = await readManifest(arena.local.kv, corpus);
    if (manifest === null) throw new Error(`no corpus ${corpus}`);
    return manifest;
  }

  async function problems(deployment: Partial<Deployment>): Promise<Problem[]> {
    const { kv } = arena.local;
    const { behindEngines } = await walkCorpora(kv, await listEntries(kv, ''), new Findings());
    return engineProblems(behindEngines, { ...LOCAL_DEPLOYMENT, ...deployment });
  }

  async function postgresRows(): Promise<number[]> {
    const { sql } = arena;
    const [{ there }] = await sql<
      [{ there: boolean }]
    >`SELECT to_regclass('alignql.collections') IS NOT NULL AS there`;
    if (!there) return [];
    const known = await sql<{ name: string }[]>`SELECT name FROM alignql.collections ORDER BY created_at`;
    const counts = known.map(
      ({ name }) =>
        sql<[{ count: number }]>`SELECT count(*)::integer AS count FROM ${sql(`alignql.rows_${name}`)}`,
    );
    return (await Promise.all(counts)).map(([{ count }]) => count);
  }
}
