import { type AddressInfo, createServer } from 'node:net';
import type { KVNamespace } from '@cloudflare/workers-types';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { FieldFilter } from '../../src/core/search/field-filter.ts';
import { corpusKey } from '../../src/format/kv-keys.ts';
import { encodeManifest } from '../../src/format/corpus-manifest.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { PostgresSpec } from '../../src/postgres/tables.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { projectKv } from '../../scripts/kv/local-kv.ts';
import { openPostgresEngine } from '../../scripts/postgres/postgres-engine.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { bundleWorker } from '../worker/encoder-worker.ts';
import type { VectorizeSpec } from '../../src/format/corpus-engine.ts';
import { createVectorizeEngine } from '../../src/search/vectorize/vectorize-engine.ts';
import type { FakeIndex } from './vectorize/fake-index.ts';
import { callsOf } from './vectorize/index-calls.ts';
import { type OpenVectorize, openVectorize } from './vectorize/open-vectorize.ts';
import { makeIndexed } from './indexed-corpus.ts';
import { NOW, unitRows } from './made-corpus.ts';
import { type SilentPostgres, startSilentPostgres } from './silent-postgres.ts';
import { PASSWORD, type PostgresServer, startPostgres } from '../../bench/engines/postgres-server.ts';

const DIM = 24;
const COUNT = 300;
const record = buildSelection(2, { projection: 'mask', fusion: 'identity', dim: DIM, k: 9 });
const FILTERS: FieldFilter[][] = [
  [],
  [
    { field: 'price', min: 20, max: 150 },
    { field: 'colour', in: ['red'] },
  ],
];
/** Engines that bring no answer, each in its way. */
const FAILING = ['silent', 'hanging', 'unset', 'mistaken'] as const;
const VECTORIZE: VectorizeSpec = {
  kind: 'vectorize',
  collection: 'behind',
  index: 'made',
  dimensions: 12,
  texts: ['colour', 'price'],
  numbers: ['price'],
};
const spec: PostgresSpec = { kind: 'postgres', collection: 'behind', index: 'hnsw' };
const embedding = Buffer.from(unitRows(1, DIM, 99).buffer).toString('base64');
const SEARCH = `query ($corpus: String!, $vector: Vector!, $filter: [CorpusFilter!]) {
  search(corpus: $corpus, first: 20, rerank: 300, filter: $filter,
    text: { embedding: { vector: $vector, encoder: "${record.encoder.id}" } }) {
    edges { id score cosine probability decision }
    complete scanned reranked average
  }
}`;

let server: PostgresServer;
let silent: ReturnType<typeof createServer>;
let hanging: SilentPostgres;
let vectorize: OpenVectorize;
let index: FakeIndex;
let miniflare: Miniflare;
/** Everything that either Worker printed. */
let printed = '';

/** The Workers as wrangler bundles them: the API, and the engine by Hyperdrive, and by TCP where nobody speaks. */
beforeAll(async () => {
  server = await startPostgres();
  silent = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port: silentPort } = silent.address() as AddressInfo;
  hanging = await startSilentPostgres();
  vectorize = await openVectorize();
  index = vectorize.create('made', { dimensions: 12, metric: 'cosine' });
  const engine = bundleWorker('wrangler.postgres.toml', '.wrangler/test-postgres');
  const api = bundleWorker('wrangler.toml', '.wrangler/test-api');
  const urlOf = (port: number): string => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const engineWorker = (name: string, at: object) => ({
    ...engine,
    name,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['nodejs_compat'],
    ...at,
  });
  const apiWorker = (name: string, engineName: string) => ({
    ...api,
    name,
    compatibilityDate: '2026-07-01',
    kvNamespaces: ['SELECTIONS', 'CORPORA'],
    bindings: { AUTH: 'open', REQUEST_LOG: 'off', CORPUS_MEMORY_MIB: '4' },
    ratelimits: { RATE: { namespace_id: '1', simple: { limit: 1000, period: 60 as const } } },
    serviceBindings: { POSTGRES: { name: engineName, entrypoint: 'Postgres' } },
    // The real binding of workerd, to the stand-in.
    vectorize: { VECTORS: { index_name: 'made', remoteProxyConnectionString: vectorize.bindingUrl('made') } },
  });
  miniflare = new Miniflare({
    handleRuntimeStdio: (out, err) => {
      for (const stream of [out, err]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    },
    workers: [
      apiWorker('api', 'engine'),
      ...FAILING.map((kind) => apiWorker(`api-${kind}`, `engine-${kind}`)),
      engineWorker('engine', { hyperdrives: { HYPERDRIVE: server.url } }),
      engineWorker('engine-silent', {
        bindings: { POSTGRES_URL: urlOf(silentPort), POSTGRES_TIMEOUT_MS: '300' },
      }),
      engineWorker('engine-hanging', {
        bindings: { POSTGRES_URL: urlOf(hanging.port), POSTGRES_TIMEOUT_MS: '300' },
      }),
      engineWorker('engine-unset', {}),
      engineWorker('engine-mistaken', { bindings: { POSTGRES_URL: urlOf(1), POSTGRES_TIMEOUT_MS: 'soon' } }),
    ],
  });
  const kv = async (name: 'SELECTIONS' | 'CORPORA') =>
    projectKv((await miniflare.getKVNamespace(name, 'api')) as unknown as KVNamespace);
  const { id } = await publishSelection(await kv('SELECTIONS'), 'made', encodeSelection(record), {
    createdAt: NOW,
  });
  const corpora = await kv('CORPORA');
  const { engineRows, manifest: made } = await makeIndexed(corpora, record, COUNT, spec);
  const manifest = { ...made, selection: id };
  await corpora.put(corpusKey('behind'), encodeManifest(manifest, 'behind'));
  const { engine: named, ...scanned } = manifest;
  expect(named).toEqual(spec);
  await corpora.put(corpusKey('scanned'), encodeManifest(scanned, 'scanned'));
  await corpora.put(
    corpusKey('behind-vectorize'),
    encodeManifest({ ...manifest, engine: VECTORIZE }, 'behind-vectorize'),
  );
  const inVectorize = createVectorizeEngine(callsOf(index), VECTORIZE, Date.now);
  await inVectorize.prepare(9);
  const mark = await inVectorize.upsert(engineRows);
  if (mark === null) throw new Error('rows are seen at once');
  const pending = { ...VECTORIZE, pending: mark };
  await corpora.put(corpusKey('pending'), encodeManifest({ ...manifest, engine: pending }, 'pending'));
  const sql = connect(server.url);
  const rows = openPostgresEngine(sql, spec);
  await rows.prepare(9);
  await rows.upsert(engineRows);
  for (const prefix of new Set(engineRows.map((row) => row.id.slice(0, 16)))) await rows.seal?.(prefix);
  await rows.build?.();
  await sql.end();
});
afterAll(async () => {
  await miniflare.dispose();
  silent.close();
  await Promise.all([hanging.close(), vectorize.close(), server.close()]);
});

interface Answer {
  readonly data?: {
    readonly corpora?: readonly object[];
    readonly search?: { readonly edges: readonly object[]; readonly complete?: boolean };
  };
  readonly errors?: readonly object[];
}

async function ask(worker: string, query: string, variables: object = {}): Promise<Answer> {
  const api = await miniflare.getWorker(worker);
  const response = await api.fetch('https://api.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

it('answers a search as the isolate does, to the bit, and tells the engine', async () => {
  const { data } = await ask('api', '{ corpora { name engine plan } }');
  expect(data?.corpora).toEqual([
    { name: 'behind', engine: 'POSTGRES', plan: 'COMPACT' },
    { name: 'behind-vectorize', engine: 'VECTORIZE', plan: 'COMPACT' },
    { name: 'made', engine: 'ISOLATE', plan: 'COMPACT' },
    { name: 'pending', engine: 'VECTORIZE', plan: 'COMPACT' },
    { name: 'scanned', engine: 'ISOLATE', plan: 'COMPACT' },
  ]);
  for (const filter of FILTERS) {
    const behind = await ask('api', SEARCH, { corpus: 'behind', vector: embedding, filter });
    const scanned = await ask('api', SEARCH, { corpus: 'scanned', vector: embedding, filter });
    expect(behind.errors).toBeUndefined();
    expect(behind.data?.search?.edges).toHaveLength(20);
    expect(behind.data).toEqual(scanned.data);
  }
});

it('answers by the binding of Vectorize what the isolate answers, once rows are seen, and says when they are not', async () => {
  const found = async (corpus: string, filter: FieldFilter[], first = 10) => {
    const query = SEARCH.replace('first: 20', `first: ${first}`).replace(/complete.*average/, 'complete');
    const { data, errors } = await ask('api', query, { corpus, vector: embedding, filter });
    expect(errors).toBeUndefined();
    return data?.search;
  };
  expect(await found('pending', [])).toEqual({ edges: [], complete: false });
  index.settle();
  const [none, few] = FILTERS;
  // All that meet the filter are among its hundred candidates.
  const scanned = await found('scanned', few);
  expect(scanned?.edges).toHaveLength(10);
  for (const corpus of ['behind-vectorize', 'pending']) {
    expect(await found(corpus, few)).toEqual(scanned);
    // Of all there are, a hundred come back; of each of those the same is told.
    const { edges, complete } = (await found(corpus, none)) ?? {};
    expect([edges?.length, complete]).toEqual([10, true]);
    expect((await found('scanned', none, 100))?.edges).toEqual(expect.arrayContaining([...(edges ?? [])]));
  }
  const asked = vectorize.requests.filter((request) => request.startsWith('binding'));
  expect(new Set(asked)).toEqual(new Set(['binding info', 'binding getByIds', 'binding query']));
});

it('says that the index is not what the corpus needs, where it is another', async () => {
  const log = printed.length;
  vectorize.create('made', { dimensions: 9, metric: 'cosine' });
  const { errors } = await ask('api', SEARCH, { corpus: 'behind-vectorize', vector: embedding });
  vectorize.account.indexes.set('made', index);
  expect(errors).toMatchObject([
    {
      message: expect.stringMatching(/^The index of Vectorize refused the search: .*doctor/) as string,
      extensions: { code: 'STORAGE_FAILED', retryable: false },
    },
  ]);
  await vi.waitFor(() => expect(printed.slice(log)).toContain('(code = 40006)'), 60_000);
});

it.each([
  ['silent', 'PostgreSQL cannot be reached; try again.', true],
  ['hanging', 'PostgreSQL did not answer in time; try again.', true],
  ['unset', 'The engine postgres of this deployment is not set up.', false],
  ['mistaken', 'The engine postgres of this deployment is not set up.', false],
] as const)(
  'says of a server that is %s what there is to say, and neither where it is nor as whom it was asked',
  async (kind, message, retryable) => {
    const { errors } = await ask(`api-${kind}`, SEARCH, { corpus: 'behind', vector: embedding });
    expect(errors).toMatchObject([{ message, extensions: { code: 'STORAGE_FAILED', retryable } }]);
    expect(printed).toContain(message);
    expect(printed).not.toContain(PASSWORD);
  },
);

it('ends the connection on which nothing came back', async () => {
  await vi.waitFor(() => expect(hanging.open.size).toBe(0), 60_000);
  // It was asked, so the answer above came from the bound and not from a connection that failed.
  expect(hanging.asked.size).toBe(1);
});

it('tells the operator in the log what to do', () => {
  expect(printed).toContain('A search may take POSTGRES_TIMEOUT_MS a statement.');
  expect(printed).toContain('there is no secret POSTGRES_URL');
  expect(printed).toContain('POSTGRES_TIMEOUT_MS: expected milliseconds, 1 to 9999999, got soon');
});
