import type { Modality } from '../core/scoring/selection-model.ts';
import { embeddingUrl, hasUnitLength } from '../format/cached-embedding.ts';
import { IsolateEmbeddings } from './isolate-embeddings.ts';
import { type ResponseCache, SharedEmbeddings } from './shared-embeddings.ts';
import type { WaitUntil } from './shared-loads.ts';

/** Which embeddings are kept: `shared` between the isolates of a data centre, in the `isolate` alone, or none. */
export type EmbeddingCacheMode = 'shared' | 'isolate' | 'off';

/** An embedding found behind the isolate, and how long ago it was encoded. */
export interface FoundEmbedding {
  readonly embedding: Float32Array;
  readonly ageSeconds: number;
}

/** Names an input: its kind and the lower-case hex SHA-256 of its bytes. Content itself is never a key. */
export interface InputHash {
  readonly modality: Modality;
  readonly hash: string;
}

/**
 * Embeddings of one encoder by the hash of what was encoded. Only what an encoder gave is put in; a failure is not kept.
 * Nobody may write to an array that went in or came out.
 */
export interface EmbeddingCache {
  /** What this isolate has, at once; null when it has none. */
  readonly inIsolate: (input: InputHash) => Float32Array | null;
  /** What other isolates have left behind, one slot an input; found ones are in this isolate from then on. Never rejects. */
  readonly shared: (inputs: readonly InputHash[], host: string) => Promise<(FoundEmbedding | null)[]>;
  /** Keep embeddings in the isolate, and share them after the response. @throws RangeError for one that has not unit length */
  readonly keep: (
    entries: readonly (readonly [InputHash, Float32Array])[],
    host: string,
    waitUntil: WaitUntil,
  ) => void;
}

interface Options {
  readonly mode: 'shared' | 'isolate';
  readonly encoder: { readonly fingerprint: string; readonly dim: number };
  /** How long a request waits for the shared cache. */
  readonly waitMs: number;
  readonly open?: () => Promise<ResponseCache>;
  /** Milliseconds since 1970, as Date.now. */
  readonly now?: () => number;
}

/** 3.4 % of an isolate's 128 MB: about 2,900 embeddings of 256 numbers, 1,700 of 512. */
export const ISOLATE_BYTES = 4 * 1024 * 1024;
const CACHE_NAME = 'alignql-embeddings';

/** The cache of one encoder; build it once an isolate. */
export function createEmbeddingCache({
  mode,
  encoder,
  waitMs,
  open = () => caches.open(CACHE_NAME),
  now = Date.now,
}: Options): EmbeddingCache {
  const isolate = new IsolateEmbeddings(ISOLATE_BYTES);
  const shared = mode === 'shared' ? new SharedEmbeddings({ open, dim: encoder.dim, waitMs }) : null;
  const urlOf = (host: string, { modality, hash }: InputHash): string =>
    embeddingUrl(host, encoder, modality, hash);
  const seconds = (): number => Math.floor(now() / 1000);

  return {
    inIsolate: (input) => isolate.get(keyOf(input)),
    async shared(inputs, host) {
      if (shared === null) return inputs.map(() => null);
      const found = await shared.read(inputs.map((input) => urlOf(host, input)));
      return found.map((cached, i) => {
        if (cached === null) return null;
        isolate.put(keyOf(inputs[i]), cached.embedding);
        // Clocks of two machines: what was encoded a second from now has no age yet.
        return { embedding: cached.embedding, ageSeconds: Math.max(0, seconds() - cached.encodedAt) };
      });
    },
    keep(entries, host, waitUntil) {
      for (const [, embedding] of entries) {
        if (!hasUnitLength(embedding)) throw new RangeError('Expected embeddings of unit length to keep');
      }
      for (const [input, embedding] of entries) isolate.put(keyOf(input), embedding);
      if (shared === null || entries.length === 0) return;
      const encodedAt = seconds();
      waitUntil(
        shared.write(
          entries.map(([input, embedding]) => [urlOf(host, input), { embedding, encodedAt }] as const),
        ),
      );
    },
  };
}

/** The same for one owner alone: from how soon an answer comes nobody learns what another one has had encoded. */
export function embeddingsOf(owner: string, cache: EmbeddingCache): EmbeddingCache {
  const own = ({ modality, hash }: InputHash): InputHash => ({ modality, hash: `${owner}.${hash}` });
  return {
    inIsolate: (input) => cache.inIsolate(own(input)),
    shared: (inputs, host) => cache.shared(inputs.map(own), host),
    keep: (entries, host, waitUntil) =>
      cache.keep(
        entries.map(([input, embedding]) => [own(input), embedding] as const),
        host,
        waitUntil,
      ),
  };
}

function keyOf({ modality, hash }: InputHash): string {
  return modality + hash;
}
