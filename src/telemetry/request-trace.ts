import type { EmbeddingTotals } from './recorder.ts';
import { requestIdOf } from './request-id.ts';
import type { Route } from './route.ts';

/**
 * What is noted of one request while it runs, for its log line and the metrics. Whoever learns something writes it here; nothing
 * of it is content of the request.
 */
export interface RequestTrace {
  readonly requestId: string;
  readonly route: Route;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** The operation's name as the caller wrote it; null for one without. */
  operation: string | null;
  /** Static cost of the operation that was let in, in the units of `extensions.cost`; null where none was. */
  cost: number | null;
  /** Who asked, by an id that is no secret; null where nobody was told apart. */
  caller: string | null;
  /** Whether its cost was asked of the caller's rate and budget. */
  charged: boolean;
  /** UTF-16 units of the answer; null where that is not known. */
  answerCharacters: number | null;
  /** How often each error code was answered, of the request as a whole and of its items. */
  readonly codes: Map<string, number>;
  /** Ids of the selection records that answered. */
  readonly records: Set<string>;
  /** What was done for embeddings; undefined for a request that needed none. */
  readonly embeddings: () => EmbeddingTotals | undefined;
}

interface Beginning {
  readonly route: Route;
  readonly now: number;
  readonly embeddings: RequestTrace['embeddings'];
}

const traces = new WeakMap<Request, RequestTrace>();

/** Begins the trace of a request. */
export function startTrace(request: Request, { route, now, embeddings }: Beginning): RequestTrace {
  const trace: RequestTrace = {
    requestId: requestIdOf(request.headers),
    route,
    startedAt: now,
    operation: null,
    cost: null,
    caller: null,
    charged: false,
    answerCharacters: null,
    codes: new Map(),
    records: new Set(),
    embeddings,
  };
  traces.set(request, trace);
  return trace;
}

/** The trace of a request that the Worker's entry has begun; undefined for one that came round it, as in a test of a part. */
export function traceOf(request: Request): RequestTrace | undefined {
  return traces.get(request);
}

/** Counts an error of this code. */
export function countCode({ codes }: RequestTrace, code: string): void {
  codes.set(code, (codes.get(code) ?? 0) + 1);
}
