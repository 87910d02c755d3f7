import { AppError } from '../errors.ts';
import type { EngineSpec } from '../format/corpus-engine.ts';
import type { EngineAnswer, EngineQuery, EngineReader } from './engine.ts';

/** What the Worker of wrangler.postgres.toml answers. */
interface PostgresBinding {
  query(spec: EngineSpec, query: EngineQuery): Promise<EngineAnswer>;
}

/**
 * The engine of a corpus by the Worker's bindings.
 * @param env the Worker's env: which engines it has is up to the deployment
 * @throws AppError STORAGE_FAILED when the binding that it takes is not there
 */
export function openBoundEngine(env: object, spec: EngineSpec): EngineReader {
  const { POSTGRES } = env as { readonly POSTGRES?: PostgresBinding };
  if (POSTGRES === undefined) {
    throw new AppError(
      'STORAGE_FAILED',
      `The corpus is searched by the engine ${spec.kind}, which this deployment does not bind (POSTGRES in wrangler.toml).`,
      { retryable: false },
    );
  }
  return { query: (query) => POSTGRES.query(spec, query) };
}
