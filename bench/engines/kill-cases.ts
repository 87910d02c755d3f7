import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KillCase, observeCorpus, withKv } from '../../scripts/chaos/kills/kill-cases.ts';
import { migrate } from '../../scripts/postgres/migrate.ts';
import { openPostgresEngine } from '../../scripts/postgres/postgres-engine.ts';
import { createRandom } from '../../src/core/random.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import { type EngineKind, segmentPrefix } from '../../src/format/corpus-engine.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { type SelectionRecord, encodeSelection } from '../../src/format/selection-record.ts';
import { type Sql, connect } from '../../src/postgres/connect.ts';
import { prefixOfSegment } from '../../src/postgres/tables.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import type { FakeIndex } from '../../test/search/vectorize/fake-index.ts';
import { type OpenVectorize, openVectorize } from '../../test/search/vectorize/open-vectorize.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

const COUNT = 96;
const INDEX = 'made';
const CREATED_AT = '2026-11-29T00:00:00.000Z';

/** The services that corpora of killed commands are in. */
export interface KilledEngines {
  readonly vectorize: OpenVectorize;
  /** Null where no command has to do with it. */
  readonly postgres: PostgresServer | null;
  close(): Promise<void>;
}

/** The stand-in of Vectorize shows what was sent when somebody asks how far it is, and not before. */
export async function openKilledEngines(withPostgres: boolean): Promise<KilledEngines> {
  const vectorize = await openVectorize();
  vectorize.onRequest = (asked) => {
    if (asked === 'GET info') vectorize.account.indexes.get(INDEX)?.settle();
  };
  const postgres = withPostgres ? await startPostgres() : null;
  return {
    vectorize,
    postgres,
    async close() {
      await vectorize.close();
      await postgres?.close();
    },
  };
}

/** What of a corpus is killed: made behind an engine, moved to one, or dropped. */
export interface EngineKill {
  /** Null: there is no corpus. */
  readonly from: EngineKind | null;
  /** Null: it is dropped. */
  readonly to: EngineKind | null;
}

/** `index` that writes to an engine or removes from one, over made vectors of a record. */
export function engineKillCase(
  { from, to }: EngineKill,
  record: SelectionRecord,
  engines: KilledEngines,
): KillCase {
  const data = ['--image-embeddings', 'DIR/images.npy', '--selection', 'mine'];
  const index = (kind: EngineKind): string[] => [
    'index-corpus',
    ...['--corpus', 'mine', '--engine', kind],
    ...(kind === 'vectorize' ? ['--vectorize-index', INDEX] : []),
  ];
  const command =
    to === null ? [...index(from ?? 'isolate'), '--drop'] : [...index(to), ...(from === null ? data : [])];
  const rows = rowsOf(engines);
  return {
    name: to === null ? `drop from ${from}` : from === null ? `index --engine ${to}` : `${from} to ${to}`,
    command,
    writesKv: true,
    async prepare(folder, run) {
      engines.vectorize.create(INDEX, { dimensions: record.model.k, metric: 'cosine' });
      await rows.clear();
      await writeFile(join(folder, 'images.npy'), made(record.model.dim));
      await withKv(folder, async ([kv]) => {
        await publishSelection(kv, 'mine', encodeSelection(record), { createdAt: CREATED_AT });
      });
      if (from !== null) await run(folder, [...index(from), ...data]);
    },
    observe: (folder) =>
      withKv(folder, async (kvs) => {
        const manifest = await readManifest(kvs[1], 'mine');
        if (manifest === null) return { mine: 'none' };
        // Whoever reads the manifest now finds all rows that it names.
        const kind = manifest.engine?.kind;
        const there = kind === undefined ? null : await rows.of(kind);
        for (const segment of there === null ? [] : manifest.segments) {
          const count = there?.filter((id) => id.startsWith(segmentPrefix(segment))).length;
          if (count !== segment.count)
            throw new Error(`${kind} has ${count} rows of a segment of ${segment.count}`);
        }
        return { mine: `${kind} ${(await observeCorpus(kvs)).mine}` };
      }),
    elsewhere: {
      environment: {
        CLOUDFLARE_API_BASE_URL: engines.vectorize.url,
        CLOUDFLARE_ACCOUNT_ID: engines.vectorize.account.id,
        CLOUDFLARE_API_TOKEN: engines.vectorize.account.token,
        KILL_ORIGIN: engines.vectorize.url,
        ...(engines.postgres === null
          ? {}
          : { POSTGRES_URL: engines.postgres.url, KILL_PORT: String(engines.postgres.port) }),
      },
      ...rows,
    },
  };
}

/** The rows in both services. */
function rowsOf({ vectorize: { account }, postgres }: KilledEngines) {
  const database = postgres === null ? null : postgresRows(connect(postgres.url));
  let saved: FakeIndex | undefined;
  const stand = (): FakeIndex | undefined => account.indexes.get(INDEX);

  /** Their ids without what tells collections apart, sorted; one that is there twice is listed twice. */
  async function of(kind: Exclude<EngineKind, 'isolate'>): Promise<string[]> {
    if (kind === 'postgres') return (await database?.ids()) ?? [];
    stand()?.settle();
    const ids = stand()?.visibleIds() ?? [];
    return ids
      .filter((id) => !id.endsWith('-seen'))
      .map((id) => id.replace(/^[0-9a-f]{12}-/, ''))
      .sort();
  }
  return {
    of,
    async clear() {
      await database?.clear();
    },
    async save() {
      saved = stand()?.copy();
      await database?.save();
    },
    async restore() {
      if (saved !== undefined) account.indexes.set(INDEX, saved.copy());
      await database?.restore();
    },
    async settled() {
      const told = await Promise.all(
        (['postgres', 'vectorize'] as const).map(async (kind) => {
          const ids = await of(kind);
          const hash = createHash('sha256').update(ids.join()).digest('hex').slice(0, 8);
          return `${ids.length} rows in ${kind} (${hash})`;
        }),
      );
      return told.join(', ');
    },
  };
}

interface Collection {
  readonly name: string;
  readonly dim: number;
  readonly index: 'exact' | 'hnsw' | 'bits';
}

function postgresRows(sql: Sql) {
  const collections = async (schema: string): Promise<Collection[]> => {
    const [{ there }] = await sql<[{ there: boolean }]>`
      SELECT to_regclass(${`${schema}.collections`}::text) IS NOT NULL AS there`;
    return there
      ? sql<Collection[]>`SELECT name, dim, index FROM ${sql(`${schema}.collections`)} ORDER BY name`
      : [];
  };
  const clear = async (): Promise<void> => {
    await sql`DROP SCHEMA IF EXISTS alignql CASCADE`;
  };
  return {
    clear,
    async ids(): Promise<string[]> {
      const all: string[] = [];
      for (const { name } of await collections('alignql')) {
        const rows = await sql<{ segment: string; place: number }[]>`
          SELECT segment::text, place FROM ${sql(`alignql.rows_${name}`)}`;
        all.push(...rows.map(({ segment, place }) => `${prefixOfSegment(segment)}-${place}`));
      }
      return all.sort();
    },
    async save(): Promise<void> {
      await sql`DROP SCHEMA IF EXISTS saved CASCADE`;
      await sql`CREATE SCHEMA saved`;
      const known = await collections('alignql');
      if (known.length === 0) return;
      for (const table of ['collections', 'segments', ...known.map(({ name }) => `rows_${name}`)])
        await sql`CREATE TABLE ${sql(`saved.${table}`)} AS TABLE ${sql(`alignql.${table}`)}`;
    },
    async restore(): Promise<void> {
      await clear();
      const known = await collections('saved');
      if (known.length === 0) return;
      await migrate(sql);
      for (const { name, dim, index } of known) {
        const engine = openPostgresEngine(sql, { kind: 'postgres', collection: name, index });
        await engine.prepare(dim);
        await sql`INSERT INTO ${sql(`alignql.rows_${name}`)} TABLE ${sql(`saved.rows_${name}`)}`;
        await engine.build?.();
      }
      await sql`INSERT INTO alignql.segments TABLE saved.segments`;
    },
  };
}

function made(dim: number): Uint8Array {
  const random = createRandom(1);
  const rows = Float32Array.from({ length: COUNT * dim }, () => random.nextGaussian());
  normalizeRows(rows, dim);
  return encodeNpy(rows, [COUNT, dim]);
}
