import type { Plugin } from 'graphql-yoga';
import type { EmbeddingTotals } from '../../telemetry/recorder.ts';
import { type EmbeddingWork, createEmbeddingWork } from '../inputs/embedding-work.ts';

const workByRequest = new WeakMap<Request, EmbeddingWork>();

/** What a request does for its embeddings, begun when it first does something: one that only brings vectors has none. */
export function embeddingWorkOf(request: Request): EmbeddingWork {
  const known = workByRequest.get(request);
  if (known) return known;
  const work = createEmbeddingWork();
  workByRequest.set(request, work);
  return work;
}

/** What a request has done for its embeddings; undefined for one that needed no encoder. */
export function embeddingTotalsOf(request: Request): EmbeddingTotals | undefined {
  return workByRequest.get(request)?.totals();
}

/**
 * Tells in `Server-Timing` where a request's embeddings came from, to pages of any origin as well. Counts, an age and times;
 * nothing of the inputs. https://www.w3.org/TR/server-timing/
 */
export const serverTimingPlugin: Plugin = {
  onResponse({ request, response }) {
    const work = workByRequest.get(request);
    if (work === undefined) return;
    response.headers.set('server-timing', work.toHeader());
    response.headers.append('access-control-expose-headers', 'Server-Timing');
    response.headers.set('timing-allow-origin', '*');
  },
};
