import { engineRowId } from '../format/corpus-engine.ts';
import type { EngineAnswer, EngineCandidate, EngineQuery } from '../search/engine.ts';
import type { Sql, Statements } from './connect.ts';
import { filterSql } from './filter-sql.ts';
import {
  type PostgresSpec,
  SEGMENTS,
  numberList,
  prefixOfSegment,
  rowsTable,
  segmentNumber,
  vectorText,
} from './tables.ts';

/** pgvector takes no more as hnsw.ef_search. */
const MAX_EF_SEARCH = 1000;
/** Fewer than this find too little, whatever is asked for. */
const MIN_EF_SEARCH = 100;
/** Candidates by sign bits for each one that is kept. */
const OVERSAMPLING = 8;

interface FoundRow {
  readonly segment: string;
  readonly place: number;
  /** The inner product, negated: pgvector orders by what is least. */
  readonly distance: number;
}

/**
 * The best rows by inner product. Index `exact` compares all. `hnsw` walks a graph of halfvecs, `bits` one of sign bits, whose finds it orders by their
 * halfvecs. Where a graph brings fewer than `topK`, as with a filter that few rows meet, all rows that meet it are compared instead: so fewer
 * than `topK` candidates are always all there are.
 * @param timeoutMs of each statement, on the server
 * @throws what `postgres` throws: see `failureOf`
 */
export async function findRows(
  sql: Sql,
  spec: PostgresSpec,
  query: EngineQuery,
  timeoutMs: number,
): Promise<EngineAnswer> {
  const { segments, topK } = query;
  const numbers = numberList(segments.map(segmentNumber));
  // Asked one behind the other, without waiting for the first to be answered.
  const [found, isComplete] = await sql.begin('READ ONLY', async (tx) => {
    const [, rows, [{ sealed }]] = await Promise.all([
      settings(tx, spec.index === 'exact', topK, timeoutMs),
      search(tx, spec, query, numbers, spec.index === 'bits'),
      tx<[{ sealed: number }]>`
        SELECT count(*)::integer AS sealed FROM ${tx(SEGMENTS)}
        WHERE collection = ${spec.collection}::text AND segment = ANY(${numbers}::bigint[])`,
    ]);
    return [rows, sealed === segments.length] as const;
  });
  if (spec.index === 'exact' || found.length === topK) {
    return { candidates: found.map(toCandidate), isComplete };
  }
  const all = await sql.begin('READ ONLY', async (tx) => {
    const [, rows] = await Promise.all([
      settings(tx, true, topK, timeoutMs),
      search(tx, spec, query, numbers, false),
    ]);
    return rows;
  });
  return { candidates: all.map(toCandidate), isComplete };
}

/** For this transaction alone, since connections are shared. With or without its index: what the planner guesses of a filter is not to decide that. */
function settings(tx: Statements, isExact: boolean, topK: number, timeoutMs: number) {
  const ef = Math.min(MAX_EF_SEARCH, Math.max(MIN_EF_SEARCH, topK));
  return tx`
    SELECT set_config('statement_timeout', ${String(timeoutMs)}::text, true),
      set_config(${isExact ? 'enable_indexscan' : 'enable_sort'}::text, 'off', true),
      set_config('hnsw.ef_search', ${String(ef)}::text, true),
      set_config('hnsw.iterative_scan', 'relaxed_order', true)`;
}

function search(
  tx: Statements,
  spec: PostgresSpec,
  { vector, topK, filters }: EngineQuery,
  segments: string,
  byBits: boolean,
) {
  const table = tx(rowsTable(spec));
  const asked = vectorText(vector);
  const allowed = tx`segment = ANY(${segments}::bigint[]) ${filterSql(tx, filters)}`;
  if (!byBits) {
    return tx<FoundRow[]>`
      SELECT segment::text, place, vector <#> ${asked}::text::halfvec AS distance FROM ${table}
      WHERE ${allowed} ORDER BY vector <#> ${asked}::text::halfvec LIMIT ${topK}`;
  }
  const signs = Array.from(vector, (value) => (value > 0 ? '1' : '0')).join('');
  // The planner must not pull the inner one up: its order is another.
  return tx<FoundRow[]>`
    WITH near AS MATERIALIZED (
      SELECT segment, place, vector FROM ${table}
      WHERE ${allowed} ORDER BY signs <~> ${signs}::text::varbit
      LIMIT ${OVERSAMPLING * topK})
    SELECT segment::text, place, vector <#> ${asked}::text::halfvec AS distance FROM near ORDER BY distance LIMIT ${topK}`;
}

function toCandidate({ segment, place, distance }: FoundRow): EngineCandidate {
  return { id: engineRowId({ id: prefixOfSegment(segment) }, place), score: -distance };
}
