import {
  type CachedEmbedding,
  decodeCachedEmbedding,
  encodeCachedEmbedding,
} from '../format/cached-embedding.ts';

/** What is used of the Cache API; a double in tests. */
export interface ResponseCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
}

interface Options {
  /** Opens the cache: `caches.open`. */
  readonly open: () => Promise<ResponseCache>;
  readonly dim: number;
  /** Reads that have not come back by then count as misses. */
  readonly waitMs: number;
}

/** Of the six connections that a request may hold open: pictures and texts are looked up at the same time, three each. */
const MAX_CALLS_AT_ONCE = 3;
/** An embedding never goes stale, its address names the encoder; how long one that nobody asks for may lie about. */
const MAX_AGE_SECONDS = 7 * 86_400;

/**
 * Embeddings that isolates share, in the Cache API of the data centre. It is never in the way: what it does not give in
 * time, cannot read or gives damaged is a miss, told in the log.
 */
export class SharedEmbeddings {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** One slot an address, in order: what was there, or null. Takes `waitMs` at most; never rejects. */
  async read(urls: readonly string[]): Promise<(CachedEmbedding | null)[]> {
    const found = new Array<CachedEmbedding | null>(urls.length).fill(null);
    let isLate = false;
    const reading = this.#overAll(urls.length, 'read', async (cache, i) => {
      if (isLate) return;
      const embedding = await readOne(cache, urls[i], this.#options.dim);
      if (!isLate) found[i] = embedding;
    });
    const { promise: deadline, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#options.waitMs);
    await Promise.race([reading, deadline]);
    clearTimeout(timer);
    isLate = true;
    return found;
  }

  /** Write in any order; for after the response. Never rejects. */
  async write(entries: readonly (readonly [url: string, cached: CachedEmbedding])[]): Promise<void> {
    await this.#overAll(entries.length, 'write', async (cache, i) => {
      const [url, cached] = entries[i];
      const headers = {
        'content-type': 'application/octet-stream',
        'cache-control': `public, max-age=${MAX_AGE_SECONDS}, immutable`,
      };
      await cache.put(url, new Response(encodeCachedEmbedding(cached, url), { headers }));
    });
  }

  /** A few calls at a time, each of which may fail on its own; the log tells of the first that did. */
  async #overAll(
    count: number,
    action: 'read' | 'write',
    call: (cache: ResponseCache, index: number) => Promise<void>,
  ): Promise<void> {
    const failures: unknown[] = [];
    let next = 0;
    const work = async (cache: ResponseCache): Promise<void> => {
      while (next < count) await call(cache, next++).catch((error: unknown) => failures.push(error));
    };
    try {
      const cache = await this.#options.open();
      await Promise.all(Array.from({ length: Math.min(MAX_CALLS_AT_ONCE, count) }, () => work(cache)));
    } catch (error) {
      failures.push(error);
    }
    if (failures.length > 0) {
      console.warn(`Shared embeddings: ${failures.length} of ${count} could not be ${action}:`, failures[0]);
    }
  }
}

async function readOne(cache: ResponseCache, url: string, dim: number): Promise<CachedEmbedding | null> {
  const response = await cache.match(url);
  return response ? decodeCachedEmbedding(new Uint8Array(await response.arrayBuffer()), { url, dim }) : null;
}
