import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FieldFilter, allowedVectors } from '../../src/core/search/field-filter.ts';
import { segmentPrefix } from '../../src/format/corpus-engine.ts';
import { type Sql, connect } from '../../src/postgres/connect.ts';
import { type PostgresSpec, prefixOfSegment, segmentNumber } from '../../src/postgres/tables.ts';
import type { EngineRow } from '../../src/search/engine.ts';
import { searchCorpus } from '../../src/search/search-corpus.ts';
import { migrate } from '../../scripts/postgres/migrate.ts';
import { openPostgresEngine } from '../../scripts/postgres/postgres-engine.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';
import { exactEngine } from './exact-engine.ts';
import { makeIndexed } from './indexed-corpus.ts';
import { openIsolate, searchOf } from './isolate.ts';
import { unitRows } from './made-corpus.ts';
import { PASSWORD, type PostgresServer, startPostgres } from '../../bench/engines/postgres-server.ts';

const DIM = 24;
const K = 9;
const COUNT = 300;
const identity = buildSelection(2, { projection: 'mask', fusion: 'identity', dim: DIM, k: K });
const SEGMENT = 'fedcba9876543210'; // its first bit is set: a negative bigint

let server: PostgresServer;
let sql: Sql;
let local: LocalKv;
beforeAll(async () => {
  [server, local] = await Promise.all([startPostgres(), openMemoryKv()]);
  sql = connect(server.url, { connections: 2 });
});
afterAll(async () => {
  await sql.end();
  await Promise.all([server.close(), local.dispose()]);
});

const specOf = (index: PostgresSpec['index']): PostgresSpec => ({
  kind: 'postgres',
  collection: `made_${index}`,
  index,
});

async function filled(spec: PostgresSpec, rows: readonly EngineRow[], dim = K) {
  const engine = openPostgresEngine(sql, spec);
  await engine.prepare(dim);
  await engine.upsert(rows);
  for (const prefix of new Set(rows.map(({ id }) => id.slice(0, 16)))) await engine.seal?.(prefix);
  await engine.build?.();
  return engine;
}

/** How often PostgreSQL says that it has walked an index. */
async function scansOf(index: string): Promise<number> {
  await sql`SELECT pg_stat_force_next_flush()`;
  const [{ scans }] = await sql<[{ scans: number }]>`
    SELECT idx_scan::integer AS scans FROM pg_stat_user_indexes WHERE indexrelname = ${index}`;
  return scans;
}

afterEach(async () => {
  for (const index of ['exact', 'hnsw', 'bits'] as const) await openPostgresEngine(sql, specOf(index)).drop();
});

describe('the engine postgres', () => {
  it.each(['exact', 'hnsw', 'bits'] as const)(
    'tells of its candidates what the isolate tells, to the bit, by index %s',
    async (index) => {
      const { engineRows, ...made } = await makeIndexed(local.kv, identity, COUNT, specOf(index));
      const engine = await filled(specOf(index), engineRows);
      const place = openIsolate(local.kv);
      const filters: FieldFilter[][] = [
        [],
        [{ field: 'colour', eq: 'red' }],
        [{ field: 'colour', in: ['blue', 'green'] }],
        [
          { field: 'price', min: 10, max: 99.5 },
          { field: 'colour', eq: 'red' },
        ],
        [{ field: 'colour', eq: 'none' }],
      ];
      for (const asked of filters) {
        const search = searchOf(made, identity.model, unitRows(1, DIM, 99), {
          filters: asked,
          depth: COUNT,
          rerank: COUNT,
        });
        const found = await searchCorpus(search, { ...place, engine });
        const { hits } = await searchCorpus(search, place);
        expect(found.hits).toEqual(hits);
        expect(found.isComplete).toBe(true);
      }
    },
  );

  it.each([
    ['exact', 10],
    ['hnsw', 10],
    // Of 80 candidates by 64 signs, among 300.
    ['bits', 9],
  ] as const)('finds the ten nearest by index %s, at least %i of them', async (index, least) => {
    const dim = 64;
    const rows = Array.from({ length: 300 }, (_, i) => ({
      id: `${SEGMENT}-${i}`,
      vector: unitRows(1, dim, i + 1),
      fields: {},
    }));
    const engine = await filled(specOf(index), rows, dim);
    const query = { vector: unitRows(1, dim, 999), topK: 10, filters: [], retired: [], segments: [SEGMENT] };
    const { candidates } = await engine.query(query);
    const exact = await exactEngine(rows).query({ ...query, topK: 300 });
    const known = new Map(exact.candidates.map(({ id, score }) => [id, score]));
    const nearest = new Set(exact.candidates.slice(0, 10).map(({ id }) => id));
    expect(candidates.filter(({ id }) => nearest.has(id)).length).toBeGreaterThanOrEqual(least);
    expect(candidates).toHaveLength(10);
    // Both vectors are rounded to 11 bits: each product by 2^-11 of itself at most, twice.
    for (const { id, score } of candidates) expect(score).toBeCloseTo(known.get(id) ?? NaN, 3);
  });

  it.each([
    ['hnsw', 'vector halfvec_ip_ops'],
    ['bits', 'signs bit_hamming_ops'],
  ] as const)('walks the index %s, over %s', async (index, column) => {
    const { engineRows } = await makeIndexed(local.kv, identity, COUNT, specOf(index));
    await filled(specOf(index), engineRows);
    const name = `near_made_${index}`;
    const [{ indexdef }] = await sql<[{ indexdef: string }]>`
      SELECT indexdef FROM pg_indexes WHERE indexname = ${name}`;
    expect(indexdef).toContain(`${column}) WITH (m='16', ef_construction='100')`);
    const before = await scansOf(name);
    const query = {
      vector: unitRows(1, K, 5),
      topK: 10,
      filters: [],
      retired: [],
      segments: [engineRows[0].id.slice(0, 16)],
    };
    await openPostgresEngine(sql, specOf(index)).query(query);
    expect(await scansOf(name)).toBeGreaterThan(before);
  });

  it('is complete once every segment that is asked for is sealed, and not before', async () => {
    const { engineRows } = await makeIndexed(local.kv, identity, COUNT, specOf('exact'));
    const engine = openPostgresEngine(sql, specOf('exact'));
    await engine.prepare(K);
    await engine.upsert(engineRows);
    const segments = [...new Set(engineRows.map(({ id }) => id.slice(0, 16)))];
    const ask = () =>
      engine.query({ vector: unitRows(1, K, 5), topK: 10, filters: [], retired: [], segments });
    for (const prefix of segments) {
      expect(await ask()).toMatchObject({ isComplete: false });
      await engine.seal?.(prefix);
    }
    expect(await ask()).toMatchObject({ isComplete: true });
    await engine.delete([`${segments[0]}-0`]);
    expect(await ask()).toMatchObject({ isComplete: false });
  });

  it('keeps a row once, tells which are there, and forgets those that are deleted', async () => {
    const rows = Array.from({ length: 5 }, (_, i) => ({
      id: `${SEGMENT}-${i}`,
      vector: unitRows(1, K, i + 1),
      fields: {},
    }));
    const engine = await filled(specOf('exact'), rows);
    await engine.upsert(rows);
    expect(await engine.describe()).toMatchObject({ count: 5, dim: K });
    expect(await engine.held([`${SEGMENT}-4`, `${SEGMENT}-5`, 'no id'])).toEqual(new Set([`${SEGMENT}-4`]));
    await engine.delete([`${SEGMENT}-4`, `${SEGMENT}-9`, 'no id']);
    expect(await engine.describe()).toMatchObject({ count: 4 });
    await engine.drop();
    expect(await engine.describe()).toEqual({ count: 0, dim: null, bytes: null });
  });

  it('compares rows of the segments that are asked for, and of no others', async () => {
    const other = '00000000000000ff';
    const rows = [SEGMENT, other].map((prefix) => ({
      id: `${prefix}-0`,
      vector: unitRows(1, K, 1),
      fields: {},
    }));
    const engine = await filled(specOf('hnsw'), rows);
    const { candidates } = await engine.query({
      vector: unitRows(1, K, 1),
      topK: 10,
      filters: [],
      retired: [],
      segments: [other],
    });
    expect(candidates.map(({ id }) => id)).toEqual([`${other}-0`]);
  });
});

describe('filters in SQL', () => {
  const texts = [
    ...[
      'red',
      'RED',
      '',
      ' ',
      '12',
      ' 12 ',
      '1e3',
      '0x10',
      '-0',
      'Infinity',
      '-Infinity',
      'NaN',
      '12abc',
      '1_000',
    ],
    ...["'; DROP SCHEMA alignql CASCADE; --", '"quoted"', '\\', '{a,b}', 'null', '%', 'é', 'e\u0301', '𝄞'],
    ...['nul \0 within', '\ue000', '\ue0000;', '\x01', 'half \ud800', 'half \udc00', '$1'],
  ];
  const names = ['colour', 'it\'s; "a" -- field', 'nul\0', 'fields', 'a->>b', 'half \ud83d'];
  const rows: EngineRow[] = texts.map((text, i) => ({
    id: `${SEGMENT}-${i}`,
    vector: unitRows(1, K, i + 1),
    fields: { [names[i % names.length]]: text, colour: text },
  }));
  const conditions: Omit<FieldFilter, 'field'>[] = [
    ...texts.map((eq) => ({ eq })),
    { in: texts.slice(0, 20) },
    { in: [] },
    { in: ['no such', 'nul \0 within', "'; DROP SCHEMA alignql CASCADE; --"] },
    { min: 12 },
    { max: 12 },
    { min: -0.5, max: 1e300 },
    { min: 13, max: 1000, in: texts },
  ];

  it('mean what they mean in an isolate, whatever the names and values', async () => {
    const engine = await filled(specOf('exact'), rows);
    for (const field of [...names, 'no such field']) {
      for (const condition of field === 'colour' ? conditions : conditions.filter((_, i) => i % 5 === 0)) {
        const filters = [{ field, ...condition }];
        const { candidates } = await engine.query({
          vector: unitRows(1, K, 1),
          topK: 100,
          filters,
          retired: [],
          segments: [SEGMENT],
        });
        const expected = rows.filter(({ fields }) => {
          const columns = Object.entries(fields).map(([name, value]) => ({
            name,
            values: [value],
            codes: Uint32Array.of(1),
          }));
          return allowedVectors(columns, filters, 1)[0] === 1;
        });
        expect(new Set(candidates.map(({ id }) => id)), JSON.stringify(filters)).toEqual(
          new Set(expected.map(({ id }) => id)),
        );
      }
    }
  });

  it('are met by all that meet them, also where the graph brings too few', async () => {
    const many = Array.from({ length: 400 }, (_, i) => ({
      id: `${SEGMENT}-${i}`,
      vector: unitRows(1, K, i + 1),
      fields: { rare: String(i % 100 === 7) },
    }));
    for (const index of ['hnsw', 'bits'] as const) {
      const engine = await filled(specOf(index), many);
      const { candidates } = await engine.query({
        vector: unitRows(1, K, 1),
        topK: 10,
        filters: [{ field: 'rare', eq: 'true' }],
        retired: [],
        segments: [SEGMENT],
      });
      expect(candidates.map(({ id }) => id).sort()).toEqual([107, 207, 307, 7].map((i) => `${SEGMENT}-${i}`));
    }
  });
});

describe('segments as bigints', () => {
  it.each(['0000000000000000', '7fffffffffffffff', '8000000000000000', 'ffffffffffffffff', SEGMENT])(
    'come back as they went: %s',
    (prefix) => {
      const number = BigInt(segmentNumber(segmentPrefix({ id: prefix })));
      expect(BigInt.asIntN(64, number)).toBe(number);
      expect(prefixOfSegment(String(number))).toBe(prefix);
    },
  );
});

describe('migrations', () => {
  it('run once, also when two commands run them at the same moment', async () => {
    await sql`DROP SCHEMA IF EXISTS alignql CASCADE`;
    const other = connect(server.url);
    const runs = await Promise.all([migrate(sql), migrate(other)]);
    await other.end();
    expect(runs.map((names) => names.length).sort()).toEqual([0, 1]);
    expect(await migrate(sql)).toEqual([]);
    const applied = await sql<{ name: string }[]>`SELECT name FROM alignql.migrations ORDER BY name`;
    expect(applied.map(({ name }) => name)).toEqual(['0001-collections.sql']);
  });
});

describe('failures', () => {
  it('say what became of the query, and neither where nor as whom', async () => {
    const { port } = server;
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port: nobody } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const cases = [
      [nobody, /^PostgreSQL cannot be reached; try again\. Is it running, .*POSTGRES_URL/, true],
      [port, /^PostgreSQL has no rows of this corpus: .*npm run -s index/, false],
    ] as const;
    for (const [at, message, retryable] of cases) {
      const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${at}/postgres`;
      const client = connect(url, { connectSeconds: 2 });
      const engine = openPostgresEngine(client, { ...specOf('exact'), collection: 'nowhere' });
      const asked = engine.query({
        vector: unitRows(1, K, 1),
        topK: 1,
        filters: [],
        retired: [],
        segments: [SEGMENT],
      });
      const error: unknown = await asked.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'STORAGE_FAILED',
        message: expect.stringMatching(message) as string,
        retryable,
      });
      await client.end({ timeout: 0 });
    }
  });
});
