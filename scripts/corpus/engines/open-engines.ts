import type { Deployment } from '../../kv/deployment.ts';
import type { Engines } from './engines.ts';
import { type PostgresIndex, placeOf, postgresSpec, reachPostgres } from './postgres.ts';
import { leftInVectorize, openVectorize, vectorizeSpec } from './vectorize.ts';

export interface EngineOptions {
  /** The index of Vectorize; by itself that of the corpus, else of the deployment. */
  readonly vectorizeIndex?: string;
  /** How PostgreSQL compares; by itself as the corpus has it, else by the number of vectors. */
  readonly postgresIndex?: PostgresIndex;
}

/** The engines by the deployment's configuration and the environment. Nothing is asked before it is needed. */
export function openEngines(deployment: Deployment, options: EngineOptions): Engines {
  const place = placeOf(deployment);
  const postgres = reachPostgres(place);
  return {
    async specOf(kind, facts) {
      return kind === 'vectorize'
        ? vectorizeSpec(facts, deployment, options)
        : postgresSpec(facts, options.postgresIndex, place);
    },
    async open(spec) {
      return spec.kind === 'vectorize' ? openVectorize(spec, deployment) : postgres.open(spec);
    },
    async leftBy(kind, corpus) {
      if (kind === 'postgres') return postgres.leftBy(corpus);
      return [await leftInVectorize(corpus, deployment, options)];
    },
    close: () => postgres.close(),
  };
}
