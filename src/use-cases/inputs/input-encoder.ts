import DataLoader from 'dataloader';
import type { Modality } from '../../core/scoring/selection-model.ts';
import { AppError } from '../../errors.ts';
import type { EmbeddingCache, InputHash } from '../../storage/embedding-cache.ts';
import type { WaitUntil } from '../../storage/shared-loads.ts';
import type { PendingWork } from '../pending-work.ts';
import type { EmbeddingWork } from './embedding-work.ts';

type Encoded = Float32Array | AppError;

/** What the encoders of both kinds of input share in a request. */
export interface EncodingRequest {
  /** Null where nothing is kept. @throws AppError INTERNAL when a variable is wrong */
  readonly cache: () => EmbeddingCache | null;
  readonly pending: PendingWork;
  readonly work: () => EmbeddingWork;
  readonly ownHost: () => string;
  readonly waitUntil: WaitUntil;
}

interface Kind<Input> {
  readonly modality: Modality;
  /** Called once a different input, before anything else is done for it; throws AppError LIMIT_EXCEEDED. */
  readonly spend: () => void;
  /** Lower-case hex SHA-256; called only where embeddings are kept. */
  readonly hash: (input: Input) => string;
  readonly encode: (inputs: readonly Input[]) => Promise<readonly Encoded[]>;
}

interface Item<Input> {
  readonly input: Input;
  /** Null where nothing is kept. */
  readonly key: InputHash | null;
}

/**
 * Embeddings of one request's pictures or texts: from this isolate at once, else together in one batch, from the shared cache
 * or the encoder. Equal ids are one input.
 * @returns takes an id that is the same for equal inputs, and the input
 */
export function createInputEncoder<Input>(
  { cache, pending, work, ownHost, waitUntil }: EncodingRequest,
  { modality, spend, hash, encode }: Kind<Input>,
): (id: string, input: Input) => Promise<Float32Array> {
  const embeddings = new Map<string, Promise<Float32Array>>();
  const batch = new DataLoader<Item<Input>, Float32Array>(encodeBatch, {
    cache: false,
    // Once more: pictures from URLs wait for the first, since only then it is known whether all together may be encoded.
    batchScheduleFn: (dispatch) => void pending.settled().then(pending.settled).then(dispatch),
  });

  async function encodeBatch(items: readonly Item<Input>[]): Promise<Encoded[]> {
    const found = await findShared(items);
    const missing = items.filter((_, i) => found[i] === null);
    if (missing.length === 0) return found.filter((embedding) => embedding !== null);
    const encoded = await work().encoding(modality, missing.length, () =>
      encode(missing.map(({ input }) => input)),
    );
    keep(missing, encoded);
    let next = 0;
    return found.map((embedding) => embedding ?? encoded[next++]);
  }

  async function findShared(items: readonly Item<Input>[]): Promise<(Float32Array | null)[]> {
    const keys = items.map(({ key }) => key).filter((key) => key !== null);
    const kept = cache();
    if (kept === null || keys.length < items.length) return items.map(() => null);
    const found = await work().reading(() => kept.shared(keys, ownHost()));
    return found.map((entry) => entry?.embedding ?? null);
  }

  function keep(items: readonly Item<Input>[], encoded: readonly Encoded[]): void {
    const entries = items.flatMap(({ key }, i) => {
      const embedding = encoded[i];
      return key === null || embedding instanceof AppError ? [] : [[key, embedding] as const];
    });
    if (entries.length > 0) cache()?.keep(entries, ownHost(), waitUntil);
  }

  function find(input: Input): Promise<Float32Array> {
    const kept = cache();
    if (kept === null) return batch.load({ input, key: null });
    const key: InputHash = { modality, hash: hash(input) };
    const embedding = kept.inIsolate(key);
    if (embedding === null) return batch.load({ input, key });
    work().foundInIsolate();
    return Promise.resolve(embedding);
  }

  return async (id, input) => {
    const known = embeddings.get(id);
    if (known) return known;
    spend();
    const embedding = find(input);
    embeddings.set(id, embedding);
    return embedding;
  };
}
