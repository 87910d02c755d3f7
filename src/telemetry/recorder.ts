import type { Route } from './route.ts';

/** What a request did for its embeddings: counts of different inputs, and times in milliseconds. */
export interface EmbeddingTotals {
  /** Found in this isolate. */
  readonly isolate: number;
  /** Found in the shared cache. */
  readonly shared: number;
  readonly encoded: number;
  /** Null where no picture was encoded. */
  readonly encodeImagesMs: number | null;
  /** Null where no text was encoded. */
  readonly encodeTextsMs: number | null;
}

/** Of one answered request, what this isolate counts. */
export interface CountedRequest {
  readonly route: Route;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Milliseconds from the request to its answer. */
  readonly ms: number;
  /** How often each error code was answered, of the whole and of items. */
  readonly codes: Readonly<Record<string, number>>;
  /** Of the operation that was let in, in the units of `extensions.cost`; null where none was: what a refused one would cost is no load. */
  readonly cost: number | null;
  /** Ids of the selection records that answered. */
  readonly records: readonly string[];
  readonly embeddings: EmbeddingTotals | null;
}

/** One answered request, as log and metrics see it. Nothing in it is content, a key, a URL or a vector. */
export interface RequestRecord extends CountedRequest {
  readonly requestId: string;
  readonly method: string;
  /** Bytes of the body as the caller declared them; null where no length was declared. */
  readonly bytes: number | null;
  /** UTF-16 units of the answer; null where that is not known. */
  readonly answerCharacters: number | null;
  /** Cut; null for an operation without a name. */
  readonly operation: string | null;
  readonly caller: string | null;
  /** Cloudflare's own name of the request. */
  readonly ray: string | null;
}

/** Takes note of answered requests: in this isolate's memory, in Analytics Engine, in the log. Never throws, never waits. */
export interface Recorder<Noted extends CountedRequest = RequestRecord> {
  readonly record: (request: Noted) => void;
}
