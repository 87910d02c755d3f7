import { AppError } from '../errors.ts';
import type { EngineSpec } from '../format/corpus-engine.ts';
import type { EngineAnswer, EngineQuery, EngineReader } from './engine.ts';
import type { VectorizeReads } from './vectorize/vectorize-calls.ts';
import { createVectorizeReader } from './vectorize/vectorize-reader.ts';

/** The Worker of wrangler.postgres.toml. */
interface PostgresBinding {
  query(
    spec: EngineSpec,
    query: EngineQuery,
  ): Promise<EngineAnswer | { readonly failure: { readonly message: string; readonly retryable: boolean } }>;
}

interface Bindings {
  readonly POSTGRES?: PostgresBinding;
  readonly VECTORS?: VectorizeReads;
}

/**
 * The engine of a corpus by the Worker's bindings.
 * @param env the Worker's env: which engines it has is up to the deployment
 * @throws AppError STORAGE_FAILED when the binding that it takes is not there
 */
export function openBoundEngine(env: object, spec: EngineSpec): EngineReader {
  const { POSTGRES, VECTORS } = env as Bindings;
  if (spec.kind === 'vectorize') {
    if (VECTORS === undefined) throw unbound(spec, 'VECTORS');
    return createVectorizeReader(VECTORS, spec);
  }
  if (POSTGRES === undefined) throw unbound(spec, 'POSTGRES');
  return {
    async query(query) {
      const answer = await POSTGRES.query(spec, query);
      if (!('failure' in answer)) return answer;
      const { message, retryable } = answer.failure;
      throw new AppError('STORAGE_FAILED', message, { retryable });
    },
  };
}

function unbound({ kind }: EngineSpec, binding: keyof Bindings): AppError {
  return new AppError(
    'STORAGE_FAILED',
    `The corpus is searched by the engine ${kind}, which this deployment does not bind (${binding} in wrangler.toml).`,
    { retryable: false },
  );
}
