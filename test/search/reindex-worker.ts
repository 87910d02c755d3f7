import { normalizeRows } from '../../src/core/vector.ts';
import { type CorpusSearcher, createCorpusSearcher } from '../../src/search/corpus-searcher.ts';
import type { CorpusKv } from '../../src/storage/corpus-kv.ts';
import { type CorpusStore, createCorpusStore } from '../../src/storage/corpus-store.ts';
import { buildSelection } from '../format/selection-builder.ts';

/** A Worker that searches the corpus "made" through one store and one memory an isolate, with a TTL of a second. */

interface Env {
  readonly CORPORA: CorpusKv;
  /** Milliseconds that every read of vectors takes. */
  readonly DELAY_MS: number;
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

const MEMORY_BYTES = 16 * 2 ** 20;
const { model } = buildSelection(7, { projection: 'mask', fusion: 'identity', dim: 24, k: 9 });
let place: { store: CorpusStore; search: CorpusSearcher } | undefined;

function open({ CORPORA: kv, DELAY_MS }: Env): { store: CorpusStore; search: CorpusSearcher } {
  const get = async (key: string, options: { type: 'stream' }): Promise<unknown> => {
    if (key.endsWith(':vectors')) await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    return kv.get(key, options);
  };
  const slow = { get: get as CorpusKv['get'], list: (options: { prefix: string }) => kv.list(options) };
  const store = createCorpusStore(slow, { ttlSeconds: 1 });
  return { store, search: createCorpusSearcher(store, MEMORY_BYTES, () => null) };
}

export default {
  async fetch(_request: unknown, env: Env, ctx: Context): Promise<Response> {
    const { store, search } = (place ??= open(env));
    const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
    const corpus = await store.read('made', waitUntil);
    if (corpus === null) return Response.json({ error: 'no corpus' });
    const { manifest } = corpus;
    const embedding = Float32Array.from({ length: model.dim }, (_, i) => Math.sin(i + 1));
    normalizeRows(embedding, model.dim);
    const query = { model, embedding, modality: 'text', baseRate: undefined, minProbability: null } as const;
    const filters = [{ field: 'version', min: 0 }];
    const { rerank } = manifest;
    const found = await search({ manifest, ...query, filters, depth: 20, rerank }, waitUntil);
    const items = await Promise.all(
      found.hits.map(({ segment, index }) => store.item(segment, index, waitUntil)),
    );
    const { isComplete, scanned } = found;
    return Response.json({
      isComplete,
      scanned,
      metadata: items.map(({ metadata }) => metadata),
    });
  },
};
