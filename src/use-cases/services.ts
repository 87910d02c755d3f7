import { readEmbeddingCacheVars, readMaxPixelPasses, readMaxPixels } from '../clip/config.ts';
import { createEncoders } from '../clip/create-encoders.ts';
import { type ImageHosts, readImageHosts } from './inputs/image-hosts.ts';
import { type CorpusSearcher, createCorpusSearcher } from '../search/corpus-searcher.ts';
import { openBoundEngine } from '../search/bound-engines.ts';
import { readCorpusMemory } from '../search/memory-budget.ts';
import { scanKernels } from '../search/workerd-scan-kernels.ts';
import { type CorpusStore, createCorpusStore } from '../storage/corpus-store.ts';
import { type EmbeddingCache, createEmbeddingCache } from '../storage/embedding-cache.ts';
import { type MeaningStore, createMeaningStore } from '../storage/meaning-store.ts';
import { type OperationStore, createOperationStore } from '../storage/operation-list.ts';
import { type SelectionStore, createSelectionStore } from '../storage/selection-store.ts';
import type { AppError } from '../errors.ts';
import { readMaxCost } from './max-cost.ts';

export type Encoders = ReturnType<typeof createEncoders>;

/** What an isolate builds once and every request shares. Encoders are made on first use: a query of selections needs none. */
export interface Services {
  readonly selections: SelectionStore;
  readonly encoders: () => Encoders;
  /** Null where it is switched off. @throws AppError INTERNAL when a variable is wrong, as `encoders` */
  readonly embeddingCache: () => EmbeddingCache | null;
  /** Width x height of one image at most. @throws AppError INTERNAL when the variable is wrong */
  readonly maxPixels: () => number;
  /** What one request's images may cost, in pixel passes. @throws AppError INTERNAL when the variable is wrong */
  readonly maxPixelPasses: () => number;
  /** What images are fetched from. @throws AppError INTERNAL when the variable is wrong */
  readonly imageHosts: () => ImageHosts;
  /** Of one operation at most; AppError INTERNAL when the variable is wrong. */
  readonly maxCost: () => number | AppError;
  readonly operations: OperationStore;
  readonly meanings: MeaningStore;
  readonly corpora: CorpusStore;
  /** Its memory is taken on first use. @throws AppError INTERNAL when the variable is wrong */
  readonly searcher: () => CorpusSearcher;
}

const servicesByEnv = new WeakMap<Env, Services>();

/** The services of a Worker's bindings; workerd hands every request of an isolate the same `env` object. */
export function servicesOf(env: Env): Services {
  const known = servicesByEnv.get(env);
  if (known) return known;
  let encoders: Encoders | undefined;
  let embeddingCache: EmbeddingCache | null | undefined;
  let maxPixels: number | undefined;
  let maxPixelPasses: number | undefined;
  let imageHosts: ImageHosts | undefined;
  let maxCost: number | AppError | undefined;
  let searcher: CorpusSearcher | undefined;
  const corpora = createCorpusStore(env.CORPORA);
  const getEncoders = (): Encoders => (encoders ??= createEncoders(env));
  const services: Services = {
    selections: createSelectionStore(env.SELECTIONS),
    encoders: getEncoders,
    embeddingCache() {
      if (embeddingCache === undefined) embeddingCache = openEmbeddingCache(env, getEncoders());
      return embeddingCache;
    },
    maxPixels: () => (maxPixels ??= readMaxPixels(env)),
    maxPixelPasses: () => (maxPixelPasses ??= readMaxPixelPasses(env)),
    imageHosts: () => (imageHosts ??= readImageHosts(env)),
    maxCost: () => (maxCost ??= readMaxCost(env)),
    operations: createOperationStore(env.SELECTIONS),
    meanings: createMeaningStore(env.SELECTIONS),
    corpora,
    searcher: () =>
      (searcher ??= createCorpusSearcher(corpora, readCorpusMemory(env), scanKernels, (spec) =>
        openBoundEngine(env, spec),
      )),
  };
  servicesByEnv.set(env, services);
  return services;
}

function openEmbeddingCache(env: Env, { info }: Encoders): EmbeddingCache | null {
  const { mode, waitMs } = readEmbeddingCacheVars(env);
  return mode === 'off' ? null : createEmbeddingCache({ mode, waitMs, encoder: info });
}
