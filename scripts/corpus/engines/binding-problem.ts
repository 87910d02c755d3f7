import type { EngineSpec } from '../../../src/format/corpus-engine.ts';
import type { Deployment } from '../../kv/deployment.ts';

/** What is wrong with a corpus, for its operator, and what to do about it. */
export interface EngineProblem {
  readonly what: string;
  readonly do: string;
}

/** Why the deployment's Worker does not reach the rows of a corpus, by wrangler.toml; null where it binds the engine. */
export function bindingProblem(
  corpus: string,
  engine: EngineSpec | undefined,
  { vectorizeIndex: bound, bindsPostgres }: Pick<Deployment, 'vectorizeIndex' | 'bindsPostgres'>,
): EngineProblem | null {
  const move = `or move the corpus: npm run -s index -- --corpus ${corpus} --engine`;
  if (engine?.kind === 'postgres' && !bindsPostgres) {
    return {
      what: 'its rows are in PostgreSQL, and there is no binding POSTGRES',
      do: `Bind the Worker of wrangler.postgres.toml as POSTGRES in wrangler.toml (docs/deploy.md), ${move} isolate`,
    };
  }
  if (engine?.kind === 'vectorize' && bound !== engine.index) {
    const other =
      bound === undefined ? 'there is no binding VECTORS' : `the binding VECTORS is of "${bound}"`;
    return {
      what: `its rows are in the index "${engine.index}" of Vectorize, and ${other}`,
      do: `Bind that index as VECTORS in wrangler.toml (docs/deploy.md), ${move} vectorize --vectorize-index NAME`,
    };
  }
  return null;
}
