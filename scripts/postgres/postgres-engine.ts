import { parseEngineRowId } from '../../src/format/corpus-engine.ts';
import type { EngineRow, VectorEngine } from '../../src/search/engine.ts';
import { AppError } from '../../src/errors.ts';
import { numberOf } from '../../src/core/search/field-filter.ts';
import type { Sql } from '../../src/postgres/connect.ts';
import { failureOf, withinBound } from '../../src/postgres/failure.ts';
import { findRows } from '../../src/postgres/find-rows.ts';
import {
  COLLECTIONS,
  type PostgresSpec,
  SEGMENTS,
  rowsTable,
  segmentNumber,
  storedText,
  vectorText,
} from '../../src/postgres/tables.ts';
import { migrate } from './migrate.ts';

/** Of a graph, as pgvector's own but for ef_construction (64 there): links of a row, and candidates looked at when one is added. */
export const HNSW = { m: 16, efConstruction: 100 } as const;
/** Of a query from a command. */
const TIMEOUT_MS = 60_000;
/** Of any call but `build`, which takes as long as a graph takes: a thousand rows, and a count of millions, take seconds. */
const BOUND_MS = 300_000;
/** As long as timers run: 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * The engine `postgres` as commands use it.
 * @param sql stays the caller's to end, by force where a call has not come back in time
 * @param boundMs milliseconds
 */
export function openPostgresEngine(sql: Sql, spec: PostgresSpec, boundMs = BOUND_MS): VectorEngine {
  const { collection, index } = spec;
  const table = rowsTable(spec);
  const rowsOf = (ids: readonly string[]) =>
    JSON.stringify(
      ids.flatMap((id) => {
        const parsed = parseEngineRowId(id);
        return parsed === null ? [] : [[segmentNumber(parsed.prefix), parsed.index]];
      }),
    );
  const told = <T>(work: () => Promise<T>, mostMs = boundMs): Promise<T> =>
    withinBound(work(), mostMs).catch(rethrow);

  return {
    prepare: (dim) =>
      told(async () => {
        await migrate(sql);
        await sql.begin(async (tx) => {
          await tx`INSERT INTO ${tx(COLLECTIONS)} (name, dim, index)
            VALUES (${collection}::text, ${dim}, ${index}::text) ON CONFLICT (name) DO NOTHING`;
          const size = tx.unsafe(String(dim));
          const signs =
            index === 'bits'
              ? tx`, signs bit(${size}) GENERATED ALWAYS AS (binary_quantize(vector)::bit(${size})) STORED`
              : tx``;
          await tx`CREATE TABLE IF NOT EXISTS ${tx(table)} (
            segment bigint NOT NULL, place integer NOT NULL, vector halfvec(${size}) NOT NULL,
            fields jsonb, numbers jsonb ${signs}, PRIMARY KEY (segment, place))`;
        });
      }),

    query: (query) => told(() => findRows(sql, spec, query, TIMEOUT_MS)),

    upsert: (rows) =>
      told(async () => {
        // A row of an id never changes: what is there already is the same.
        await sql`INSERT INTO ${sql(table)} (segment, place, vector, fields, numbers)
          SELECT (r->>0)::bigint, (r->>1)::integer, (r->>2)::halfvec, nullif(r->3, 'null'), nullif(r->4, 'null')
          FROM jsonb_array_elements(${JSON.stringify(rows.map(rowValues))}::text::jsonb) AS r
          ON CONFLICT (segment, place) DO NOTHING`;
        return null;
      }),

    held: (ids) =>
      told(async () => {
        const rows = await sql<{ id: number }[]>`
          SELECT (i.at - 1)::integer AS id FROM jsonb_array_elements(${rowsOf(ids)}::text::jsonb) WITH ORDINALITY AS i (r, at)
          JOIN ${sql(table)} t ON t.segment = (r->>0)::bigint AND t.place = (r->>1)::integer`;
        return new Set(rows.map(({ id }) => ids[id]));
      }),

    seal: (segment) =>
      told(async () => {
        await sql`INSERT INTO ${sql(SEGMENTS)} (collection, segment)
          VALUES (${collection}::text, ${segmentNumber(segment)}::text::bigint) ON CONFLICT DO NOTHING`;
      }),

    build: () =>
      told(async () => {
        await sql.begin(async (tx) => {
          await buildIndex(tx, table, spec);
        });
        await sql`ANALYZE ${sql(table)}`;
      }, LONGEST_MS),

    delete: (ids) =>
      told(async () => {
        const rows = rowsOf(ids);
        await sql.begin(async (tx) => {
          await tx`DELETE FROM ${tx(SEGMENTS)} WHERE collection = ${collection}::text
            AND segment IN (SELECT (r->>0)::bigint FROM jsonb_array_elements(${rows}::text::jsonb) AS r)`;
          await tx`DELETE FROM ${tx(table)} t USING jsonb_array_elements(${rows}::text::jsonb) AS r
            WHERE t.segment = (r->>0)::bigint AND t.place = (r->>1)::integer`;
        });
        return null;
      }),

    // What is committed is seen.
    isVisible: () => Promise.resolve(true),

    describe: () =>
      told(async () => {
        const [known] = await sql<{ dim: number; there: boolean }[]>`
          SELECT dim, to_regclass(${table}::text) IS NOT NULL AS there FROM ${sql(COLLECTIONS)} WHERE name = ${collection}::text`;
        if (known?.there !== true) return { count: 0, dim: null, bytes: null };
        const [{ count, bytes }] = await sql<[{ count: string; bytes: string }]>`
          SELECT count(*)::text AS count, pg_total_relation_size(${table}::text::regclass)::text AS bytes FROM ${sql(table)}`;
        return { count: Number(count), dim: known.dim, bytes: Number(bytes) };
      }),

    drop: () =>
      told(async () => {
        await migrate(sql);
        await sql.begin(async (tx) => {
          await tx`DROP TABLE IF EXISTS ${tx(table)}`;
          await tx`DELETE FROM ${tx(COLLECTIONS)} WHERE name = ${collection}::text`;
        });
      }),
  };
}

/** The collections whose names begin so. @throws AppError STORAGE_FAILED */
export async function listCollections(sql: Sql, prefix: string): Promise<PostgresSpec[]> {
  try {
    const listed = migrate(sql).then(
      () => sql<{ name: string; index: PostgresSpec['index'] }[]>`
        SELECT name, index FROM ${sql(COLLECTIONS)} WHERE starts_with(name, ${prefix}::text) ORDER BY name`,
    );
    const rows = await withinBound(listed, BOUND_MS);
    return rows.map(({ name, index }) => ({ kind: 'postgres', collection: name, index }));
  } catch (error) {
    return rethrow(error);
  }
}

type Transaction = Parameters<Parameters<Sql['begin']>[1]>[0];

/** Over what is there, in one go, which takes a fraction of what row by row does. Rows that come later go into it by themselves. */
async function buildIndex(
  tx: Transaction,
  table: string,
  { collection, index }: PostgresSpec,
): Promise<void> {
  if (index === 'exact') return;
  const options = tx.unsafe(`m = ${HNSW.m}, ef_construction = ${HNSW.efConstruction}`);
  const column = tx.unsafe(index === 'hnsw' ? 'vector halfvec_ip_ops' : 'signs bit_hamming_ops');
  await tx`CREATE INDEX IF NOT EXISTS ${tx(`near_${collection}`)} ON ${tx(table)} USING hnsw (${column}) WITH (${options})`;
}

/** Number, place, vector, fields and numbers, as `upsert` takes them apart. */
function rowValues({ id, vector, fields }: EngineRow): unknown[] {
  const parsed = parseEngineRowId(id);
  if (parsed === null) throw new RangeError(`expected the id of a row, got ${id}`);
  const texts = Object.entries(fields).map(([name, text]) => [storedText(name), storedText(text)] as const);
  const numbers = Object.entries(fields).flatMap(([name, text]) => {
    const number = numberOf(text);
    // JSON has no infinite numbers; PostgreSQL reads them as text.
    return Number.isNaN(number) ? [] : [[storedText(name), String(number)] as const];
  });
  return [
    segmentNumber(parsed.prefix),
    parsed.index,
    vectorText(vector),
    texts.length === 0 ? null : Object.fromEntries(texts),
    numbers.length === 0 ? null : Object.fromEntries(numbers),
  ];
}

function rethrow(error: unknown): never {
  if (error instanceof RangeError) throw error;
  const { message, advice, retryable } = failureOf(error, 'command');
  const told = advice === null ? message : `${message} ${advice}`;
  throw new AppError('STORAGE_FAILED', told, { retryable, cause: error });
}
