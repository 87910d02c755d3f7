import { createHash } from 'node:crypto';
import { type Sql, connect } from '../../../src/postgres/connect.ts';
import { type PostgresSpec } from '../../../src/postgres/tables.ts';
import type { VectorEngine } from '../../../src/search/engine.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Deployment } from '../../kv/deployment.ts';
import { readConnectionString } from '../../postgres/connection-string.ts';
import { listCollections, openPostgresEngine } from '../../postgres/postgres-engine.ts';
import type { EngineFacts } from './engines.ts';

export type PostgresIndex = PostgresSpec['index'];
export const POSTGRES_INDEXES = ['exact', 'hnsw', 'bits'] as const satisfies readonly PostgresIndex[];

/** So many rows are compared one by one in some milliseconds, and then nothing is lost. */
const EXACT_BELOW = 10_000;
/** For calls that are under way when a command ends. */
const END_SECONDS = 5;
/** What pgvector takes: an index of halfvecs, one of bits, and a halfvec at all. */
const MOST_COORDINATES: Readonly<Record<PostgresIndex, number>> = {
  exact: 16_000,
  hnsw: 4_000,
  bits: 16_000,
};

/**
 * Where the rows of a corpus go: a collection, which is a table, for each deployment, corpus, record and index.
 * @param place `placeOf`: deployments that share a database must not drop each other's tables
 * @param asked how rows are compared; by itself as the corpus has it, else one by one below 10,000 and by HNSW above
 * @throws UserError when pgvector does not take so many coordinates
 */
export function postgresSpec(
  { corpus, selection, model: { k }, count, previous }: EngineFacts,
  asked: PostgresIndex | undefined,
  place: string,
): PostgresSpec {
  const kept = previous?.kind === 'postgres' ? previous.index : undefined;
  const index = asked ?? kept ?? (count < EXACT_BELOW ? 'exact' : 'hnsw');
  const most = MOST_COORDINATES[index];
  if (k > most) {
    const other = k <= MOST_COORDINATES.exact ? 'give --postgres-index exact or bits, or ' : '';
    throw new UserError(
      `the selection keeps ${k} coordinates, pgvector takes ${most} by index ${index}: ${other}choose a selection of fewer coordinates`,
    );
  }
  return {
    kind: 'postgres',
    collection: `${prefixOf(corpus, place)}${digits(`${selection}\0${index}`)}`,
    index,
  };
}

/** Of 48 characters; two hashes of 16 digits and the underscores before them are the rest. */
const MAX_READABLE = 14;

/** What tells the corpora of one deployment from those of another: where they are stored. */
export function placeOf({ isRemote, corpora }: Pick<Deployment, 'isRemote' | 'corpora'>): string {
  return `${isRemote ? 'remote' : 'local'}:${corpora.id}`;
}

/** With which the names of all collections of a corpus begin: its own as far as it can stand there, and a hash of the whole and its place. */
function prefixOf(corpus: string, place: string): string {
  const readable = corpus.replace(/[^a-z0-9_]/g, '_').slice(0, MAX_READABLE);
  return `${readable}_${digits(`${place}\0${corpus}`)}_`;
}

/** 64 bits of the SHA-256. */
function digits(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** PostgreSQL as commands reach it; connected when it is first needed. */
export interface PostgresAccess {
  /** @throws UserError without a connection string */
  open(spec: PostgresSpec): Promise<VectorEngine>;
  /** The collections of a corpus that has no manifest any more. @throws UserError as `open`, AppError STORAGE_FAILED */
  leftBy(corpus: string): Promise<PostgresSpec[]>;
  close(): Promise<void>;
}

/** @param place `placeOf` */
export function reachPostgres(place: string): PostgresAccess {
  let client: Promise<Sql> | undefined;
  const sql = (): Promise<Sql> => (client ??= readConnectionString().then(connectTo));
  return {
    open: async (spec) => openPostgresEngine(await sql(), spec),
    leftBy: async (corpus) => listCollections(await sql(), prefixOf(corpus, place)),
    async close() {
      // A call that has not come back in time would be waited for.
      await (await client?.catch(() => undefined))?.end({ timeout: END_SECONDS });
    },
  };
}

function connectTo(url: string): Sql {
  try {
    return connect(url, { connectSeconds: 10 });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UserError(`POSTGRES_URL: ${cause.message}`, { cause });
  }
}
