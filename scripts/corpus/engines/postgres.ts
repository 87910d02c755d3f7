import type { EngineSpec } from '../../../src/format/corpus-engine.ts';
import { type Sql, connect } from '../../../src/postgres/connect.ts';
import { UserError } from '../../cli/user-error.ts';
import { collectionName } from './collection-name.ts';
import type { EngineFacts } from './engines.ts';

type PostgresSpec = Extract<EngineSpec, { kind: 'postgres' }>;

/** Where the rows of a corpus go: a table for each selection, since its columns have the selection's length. */
export function postgresSpec(
  { corpus, selection, previous }: EngineFacts,
  { postgresIndex }: { readonly postgresIndex?: PostgresSpec['index'] },
): PostgresSpec {
  const kept = previous?.kind === 'postgres' ? previous.index : null;
  return {
    kind: 'postgres',
    collection: collectionName(corpus, selection),
    index: postgresIndex ?? kept ?? 'hnsw',
  };
}

/** @throws UserError unless POSTGRES_URL says where it is */
export function connectPostgres(environment: NodeJS.ProcessEnv = process.env): Sql {
  const { POSTGRES_URL } = environment;
  if (!POSTGRES_URL) {
    throw new UserError(
      'the engine postgres takes POSTGRES_URL: set it to postgres://USER:PASSWORD@HOST:PORT/DATABASE',
    );
  }
  try {
    return connect(POSTGRES_URL);
  } catch (cause) {
    if (cause instanceof RangeError) throw new UserError(`POSTGRES_URL: ${cause.message}`, { cause });
    throw cause;
  }
}
