import type { EmbeddingTotals } from '../telemetry/recorder.ts';
import type { PublishedSelection } from '../storage/selection-store.ts';
import { traceOf } from '../telemetry/request-trace.ts';
import { type EmbeddingWork, createEmbeddingWork } from './inputs/embedding-work.ts';

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

const recordsByRequest = new WeakMap<Request, Set<string>>();

/** Notes which record answers, for the metrics and, while a canary of its name runs, for `Server-Timing`. */
export function tellRecord(request: Request, found: PublishedSelection): PublishedSelection {
  traceOf(request)?.records.add(found.id);
  if (found.isCanary !== null) {
    const known = recordsByRequest.get(request);
    if (known) known.add(found.id);
    else recordsByRequest.set(request, new Set([found.id]));
  }
  return found;
}

/**
 * Tells in `Server-Timing` where a request's embeddings came from, to pages of any origin as well: counts, an age and times,
 * nothing of the inputs. While a canary runs, also which record answered: `selection;desc="<id>"`. https://www.w3.org/TR/server-timing/
 * @param headers of the answer
 */
export function tellServerTiming(request: Request, headers: Headers): void {
  const work = workByRequest.get(request);
  const records = recordsByRequest.get(request);
  if (work === undefined && records === undefined) return;
  const told = Array.from(records ?? [], (id) => `selection;desc="${id}"`);
  if (work !== undefined) told.unshift(work.toHeader());
  headers.set('server-timing', told.join(', '));
  headers.append('access-control-expose-headers', 'Server-Timing');
  headers.set('timing-allow-origin', '*');
}
