import { quantizeRows } from '../../src/core/search/int8-rows.ts';
import { createScanMemory, payloadBytes } from '../../src/core/search/scan-memory.ts';
import { quantizeQuery } from '../../src/core/search/scan-query.ts';
import { createTopScores } from '../../src/core/search/top-scores.ts';
import { engineRowId, parseEngineRowId } from '../../src/format/corpus-engine.ts';
import type { Sql } from '../../src/postgres/connect.ts';
import type { PostgresSpec } from '../../src/postgres/tables.ts';
import type { VectorEngine } from '../../src/search/engine.ts';
import { openPostgresEngine } from '../../scripts/postgres/postgres-engine.ts';
import { loadScanKernels } from '../../scripts/search/scan-kernels.ts';
import { createVectorizeEngine } from '../../src/search/vectorize/vectorize-engine.ts';
import { FakeIndex, LIMITS } from '../../test/search/vectorize/fake-index.ts';
import { callsOf } from '../../test/search/vectorize/index-calls.ts';
import type { Rows } from './nearest.ts';

/** An engine with rows in it. */
export interface FilledEngine {
  readonly name: string;
  /** Places of its candidates, best first. */
  find(query: Float32Array, topK: number): Promise<number[]>;
  /** Of its disk, or of its memory where it has none, indexes included. */
  readonly bytes: number;
  close(): Promise<void>;
}

/** So many rows are sent at once. */
const BATCH_ROWS = 1000;
const SEGMENT = { id: '0123456789abcdef' };

/** Today's exact scan of int8. */
export function fillIsolate(rows: Rows): FilledEngine {
  const { dim, count, values } = rows;
  const shape = { count, dim, columns: 1 };
  const bytes = payloadBytes(shape);
  const payload = new Uint8Array(bytes);
  const scales = new Float32Array(payload.buffer, 0, count);
  quantizeRows(values, dim, 'unit', new Int8Array(payload.buffer, 4 * count), scales);
  const memory = createScanMemory({ slotBytes: bytes, slotCount: 1 }, loadScanKernels());
  memory.write(0, payload);
  return {
    name: 'isolate, exact int8',
    bytes,
    find(query, topK) {
      const top = createTopScores(topK);
      top.offerAll(memory.scan(0, shape, quantizeQuery(query)), count, 0, null);
      return Promise.resolve(top.sorted().positions);
    },
    close: () => Promise.resolve(),
  };
}

const NAMES = {
  exact: 'postgres, exact halfvec',
  hnsw: 'postgres, HNSW halfvec',
  bits: 'postgres, HNSW bits + halfvec',
} as const;

/** @param tell told how the rows come in */
export async function fillPostgres(
  sql: Sql,
  index: PostgresSpec['index'],
  rows: Rows,
): Promise<FilledEngine> {
  const spec = { kind: 'postgres', collection: `bench_${index}`, index } as const;
  return fillEngine(NAMES[index], openPostgresEngine(sql, spec), rows);
}

/**
 * The engine `vectorize` over the stand-in of tests, which compares exactly: what is measured is the way there and back, not the platform's own
 * approximate search, of which nothing can be run here. It stores float32 of all dimensions.
 */
export async function fillVectorize(rows: Rows): Promise<FilledEngine> {
  const { dim } = rows;
  const fake = new FakeIndex('bench', { dimensions: dim, metric: 'cosine' });
  const spec = { collection: 'bench', index: 'bench', dimensions: dim, texts: [], numbers: [] };
  const engine = createVectorizeEngine(
    callsOf(fake, LIMITS.listPage),
    { kind: 'vectorize', ...spec },
    Date.now,
  );
  const seen = { ...engine, build: async () => fake.settle() };
  const filled = await fillEngine('vectorize, exact stand-in', seen, rows);
  return { ...filled, bytes: rows.count * dim * Float32Array.BYTES_PER_ELEMENT };
}

/** Any engine of the interface; what is left of an earlier run is dropped first. */
export async function fillEngine(name: string, engine: VectorEngine, rows: Rows): Promise<FilledEngine> {
  const { dim, count, values } = rows;
  await engine.drop();
  await engine.prepare(dim);
  for (let start = 0; start < count; start += BATCH_ROWS) {
    await engine.upsert(
      Array.from({ length: Math.min(BATCH_ROWS, count - start) }, (_, i) => ({
        id: engineRowId(SEGMENT, start + i),
        vector: values.subarray((start + i) * dim, (start + i + 1) * dim),
        fields: {},
      })),
    );
  }
  await engine.seal?.(SEGMENT.id);
  await engine.build?.();
  const { bytes } = await engine.describe();
  return {
    name,
    bytes: bytes ?? NaN,
    async find(query, topK) {
      const asked = { vector: query, topK, filters: [], segments: [SEGMENT.id], retired: [] };
      const { candidates } = await engine.query(asked);
      return candidates.map(({ id }) => parseEngineRowId(id)?.index ?? NaN);
    },
    close: () => engine.drop(),
  };
}
