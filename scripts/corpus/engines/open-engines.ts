import type { EngineSpec } from '../../../src/format/corpus-engine.ts';
import type { Sql } from '../../../src/postgres/connect.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Deployment } from '../../kv/deployment.ts';
import { openPostgresEngine } from '../../postgres/postgres-engine.ts';
import type { Engines } from './engines.ts';
import { connectPostgres, postgresSpec } from './postgres.ts';
import { leftInVectorize, openVectorize, vectorizeSpec } from './vectorize.ts';

export interface EngineOptions {
  /** The index of Vectorize; by itself that of the corpus, else of the deployment. */
  readonly vectorizeIndex?: string;
  /** How PostgreSQL compares; by itself as the corpus has it, else by a graph. */
  readonly postgresIndex?: Extract<EngineSpec, { kind: 'postgres' }>['index'];
}

/** The engines by the deployment's configuration and the environment. Nothing is asked before it is needed. */
export function openEngines(deployment: Deployment, options: EngineOptions): Engines {
  let sql: Sql | undefined;
  return {
    async specOf(kind, facts) {
      return kind === 'vectorize' ? vectorizeSpec(facts, deployment, options) : postgresSpec(facts, options);
    },
    async open(spec) {
      return spec.kind === 'vectorize'
        ? openVectorize(spec, deployment)
        : openPostgresEngine((sql ??= connectPostgres()), spec);
    },
    async leftBy(kind, corpus) {
      if (kind === 'vectorize') return leftInVectorize(corpus, deployment, options);
      throw new UserError(`there is no corpus "${corpus}" to drop`);
    },
    async close() {
      await sql?.end();
    },
  };
}
