import { AppError } from '../errors.ts';
import type { EngineKind, EngineSpec } from '../format/corpus-engine.ts';
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
 * Why a deployment has nothing by which the engine could be reached; null where it has, and for the isolate. That the engine answers is not
 * asked.
 * @param env the Worker's env: which engines it has is up to the deployment
 */
export function missingEngine(env: object, kind: EngineKind): AppError | null {
  const { POSTGRES, VECTORS } = env as Bindings;
  const isThere = { isolate: true, postgres: POSTGRES !== undefined, vectorize: VECTORS !== undefined };
  if (isThere[kind]) return null;
  // Callers are told no names of bindings: docs/search.md has them for whoever runs it.
  return new AppError(
    'STORAGE_FAILED',
    `The corpus stands behind the engine ${kind}, to which this deployment has no binding. Whoever runs it can bind one, or move the corpus to another engine (docs/search.md, Engines).`,
    { retryable: false },
  );
}

/**
 * The engine of a corpus by the Worker's bindings.
 * @param env as `missingEngine` takes it
 * @throws AppError STORAGE_FAILED when the binding that it takes is not there
 */
export function openBoundEngine(env: object, spec: EngineSpec): EngineReader {
  const { POSTGRES, VECTORS } = env as Bindings;
  if (spec.kind === 'vectorize' && VECTORS !== undefined) return createVectorizeReader(VECTORS, spec);
  if (spec.kind === 'postgres' && POSTGRES !== undefined) {
    return {
      async query(query) {
        const answer = await POSTGRES.query(spec, query);
        if (!('failure' in answer)) return answer;
        const { message, retryable } = answer.failure;
        throw new AppError('STORAGE_FAILED', message, { retryable });
      },
    };
  }
  throw missingEngine(env, spec.kind) ?? new Error(`no reader of the engine ${spec.kind}`);
}
