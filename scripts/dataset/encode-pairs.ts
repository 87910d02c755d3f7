import { type AppError, shortenMiddle } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { type EmbeddingCache, contentKey } from '../embedding-cache/embedding-cache.ts';
import type { Progress, StartProgress } from '../cli/progress.ts';
import {
  type EmbeddedPair,
  type KeyedEmbedding,
  type PairedEmbeddings,
  embeddingKey,
  joinPairs,
} from '../../src/dataset/paired-embeddings.ts';
import { reasonOf } from '../files/file-access.ts';
import type { DatasetListing, ImageSource, PairSource, Skipped } from './pair-source.ts';

/** Of a picture's path in a message, which ends in what tells it from others. */
const MAX_NAME_CHARACTERS = 200;

/** The two towers as this module needs them; scripts/clip/load-encoder.ts gives them. */
export interface PairEncoder {
  readonly dim: number;
  readonly imageBatchSize: number;
  readonly textBatchSize: number;
  readonly encodeImages: (images: readonly Uint8Array[]) => Promise<readonly (Float32Array | AppError)[]>;
  readonly encodeTexts: (texts: readonly string[]) => Promise<readonly Float32Array[]>;
  /** As `TextEncoder.truncates`; left out where the tokenizer is elsewhere. */
  readonly truncates?: (texts: readonly string[]) => Promise<readonly boolean[]>;
}

/** What became of pictures, by name. */
export interface EncodedPictures {
  /** Content key of every picture that could be encoded. */
  readonly keyByName: Map<string, string>;
  /** Why the others were not. */
  readonly reasonByName: Map<string, string>;
}

/**
 * Encode a dataset: every distinct picture (by its bytes) and caption once, from the cache where it is known. Pictures
 * that cannot be read or decoded are left out with their reason; pairs come in dataset order, a repeated one once. Pictures
 * or captions of equal embeddings are one, as "a kite" and "A  KITE" are to the encoder.
 * @param listing the pairs; pictures are opened a batch at a time, never all at once
 * @throws UserError when no match is left, naming the first reasons
 */
export async function encodePairs(
  listing: DatasetListing,
  encoder: PairEncoder,
  cache: EmbeddingCache,
  startProgress: StartProgress,
): Promise<PairedEmbeddings> {
  const { pairs, skipped } = await encodeListing(listing, encoder, cache, startProgress);
  return joinPairs(encoder.dim, pairs, skipped);
}

/** `encodePairs` before equal pictures and captions are joined. */
export async function encodeListing(
  listing: DatasetListing,
  encoder: PairEncoder,
  cache: EmbeddingCache,
  startProgress: StartProgress,
): Promise<{ readonly pairs: readonly EmbeddedPair[]; readonly skipped: readonly Skipped[] }> {
  const { keyByName, reasonByName } = await encodePictures(listing.pairs, encoder, cache, startProgress);
  const usable = listing.pairs.filter(({ image }) => keyByName.has(image.name));
  const unusable = listing.pairs.filter(({ image }) => !keyByName.has(image.name));
  const allSkipped: readonly Skipped[] = [
    ...listing.skipped.map(({ where, reason }) => ({ where, reason })),
    ...unusable.map(({ image, where }) => ({
      where,
      reason: `${shortenMiddle(image.name, MAX_NAME_CHARACTERS)}: ${reasonByName.get(image.name)}`,
    })),
  ];
  if (!usable.some(isMatch)) {
    const reasons = allSkipped.slice(0, 3).map(({ where, reason }) => `\n  ${where}: ${reason}`);
    throw new UserError(
      `none of the ${listing.pairs.filter(isMatch).length} pairs has a readable picture:${reasons.join('')}`,
    );
  }
  await encodeCaptions(usable, encoder, cache, startProgress);
  const keyed = keyedByEmbedding(cache);
  return {
    pairs: usable.map(({ image, caption, label = 1, kind, where }) => ({
      image: keyed(keyByName.get(image.name) ?? ''),
      text: keyed(contentKey('text', caption)),
      group: null,
      label,
      ...(kind === undefined ? {} : { kind }),
      where,
      picture: image,
      caption,
    })),
    skipped: allSkipped,
  };
}

function isMatch({ label }: PairSource): boolean {
  return label !== 0;
}

/** Embeddings of the cache by content key, each keyed anew by its own bytes. */
function keyedByEmbedding(cache: EmbeddingCache): (contentKey: string) => KeyedEmbedding {
  const known = new Map<string, KeyedEmbedding>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const embedding = cache.get(key);
    if (embedding === null) throw new Error(`no embedding under ${key} after encoding`);
    const keyed = { key: embeddingKey(embedding), embedding };
    known.set(key, keyed);
    return keyed;
  };
}

async function encodePictures(
  pairs: readonly PairSource[],
  encoder: PairEncoder,
  cache: EmbeddingCache,
  startProgress: StartProgress,
): Promise<EncodedPictures> {
  const images = new Map(pairs.map(({ image }) => [image.name, image]));
  const progress = startProgress('pictures', images.size, { cached: true });
  const encoded = { keyByName: new Map<string, string>(), reasonByName: new Map<string, string>() };
  try {
    await encodeImages(images.values(), encoder, cache, encoded, progress.add);
  } finally {
    // A bar left running keeps the process alive.
    progress.stop();
  }
  return encoded;
}

/**
 * Encode pictures batch by batch, each distinct content once.
 * @param encoded filled with what became of each
 * @param done told of every picture dealt with
 */
export async function encodeImages(
  images: Iterable<ImageSource>,
  encoder: PairEncoder,
  cache: Pick<EmbeddingCache, 'get' | 'put'>,
  { keyByName, reasonByName }: EncodedPictures,
  done: Progress['add'],
): Promise<void> {
  let batch: { readonly name: string; readonly key: string; readonly bytes: Uint8Array }[] = [];
  const flush = async (): Promise<void> => {
    const embeddings = await encoder.encodeImages(batch.map(({ bytes }) => bytes));
    const fresh = new Map<string, Float32Array>();
    for (const [i, { name, key }] of batch.entries()) {
      const embedding = embeddings[i];
      if (embedding instanceof Float32Array) {
        fresh.set(key, embedding);
        keyByName.set(name, key);
      } else reasonByName.set(name, embedding.message);
    }
    await cache.put(fresh);
    done(batch.length);
    batch = [];
  };
  for (const { name, read } of images) {
    const bytes = await read().catch((cause: unknown) => reasonOf(cause));
    if (typeof bytes === 'string') {
      reasonByName.set(name, bytes);
      done(1);
      continue;
    }
    const key = contentKey('image', bytes);
    if (cache.get(key) !== null) {
      keyByName.set(name, key);
      done(1, { known: true });
    } else batch.push({ name, key, bytes });
    if (batch.length === encoder.imageBatchSize) await flush();
  }
  if (batch.length > 0) await flush();
}

async function encodeCaptions(
  pairs: readonly PairSource[],
  encoder: PairEncoder,
  cache: EmbeddingCache,
  startProgress: StartProgress,
): Promise<void> {
  const captions = new Set(pairs.map(({ caption }) => caption));
  const progress = startProgress('captions', captions.size, { cached: true });
  try {
    await encodeTexts(captions, encoder, cache, progress.add);
  } finally {
    progress.stop();
  }
}

/** Encode captions batch by batch, those that the cache does not know. */
export async function encodeTexts(
  captions: ReadonlySet<string>,
  encoder: PairEncoder,
  cache: Pick<EmbeddingCache, 'get' | 'put'>,
  done: Progress['add'],
): Promise<void> {
  const unknown = [...captions].filter((caption) => cache.get(contentKey('text', caption)) === null);
  done(captions.size - unknown.length, { known: true });
  for (let start = 0; start < unknown.length; start += encoder.textBatchSize) {
    const batch = unknown.slice(start, start + encoder.textBatchSize);
    const embeddings = await encoder.encodeTexts(batch);
    await cache.put(new Map(batch.map((caption, i) => [contentKey('text', caption), embeddings[i]])));
    done(batch.length);
  }
}
