import { readFile } from 'node:fs/promises';
import type { AppError } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { type EmbeddingCache, contentKey } from '../embedding-cache/embedding-cache.ts';
import type { StartProgress } from './progress.ts';
import { type KeyedEmbedding, type PairedEmbeddings, joinPairs } from './paired-embeddings.ts';
import type { DatasetListing, PairSource, Skipped } from './pair-source.ts';
import { reasonOf } from './read-dataset.ts';

/** The two towers as this module needs them; scripts/clip/load-encoder.ts gives them. */
export interface PairEncoder {
  readonly dim: number;
  readonly imageBatchSize: number;
  readonly textBatchSize: number;
  readonly encodeImages: (images: readonly Uint8Array[]) => Promise<readonly (Float32Array | AppError)[]>;
  readonly encodeTexts: (texts: readonly string[]) => Promise<readonly Float32Array[]>;
}

interface EncodedPictures {
  /** Content key of every picture that could be encoded, by path. */
  readonly keyByPath: ReadonlyMap<string, string>;
  /** Why the others were not, by path. */
  readonly reasonByPath: ReadonlyMap<string, string>;
}

/**
 * Encode a dataset: every distinct picture (by its bytes) and caption once, from the cache where it is known. Pictures
 * that cannot be read or decoded are left out with their reason; pairs come in dataset order, a repeated one once.
 * @param listing the pairs; pictures are opened a batch at a time, never all at once
 * @throws UserError when no pair is left, naming the first reasons
 */
export async function encodePairs(
  listing: DatasetListing,
  encoder: PairEncoder,
  cache: EmbeddingCache,
  startProgress: StartProgress,
): Promise<PairedEmbeddings> {
  const { keyByPath, reasonByPath } = await encodePictures(listing.pairs, encoder, cache, startProgress);
  const usable = listing.pairs.filter(({ imagePath }) => keyByPath.has(imagePath));
  const unusable = listing.pairs.filter(({ imagePath }) => !keyByPath.has(imagePath));
  const allSkipped: readonly Skipped[] = [
    ...listing.skipped,
    ...unusable.map(({ imagePath, where }) => ({
      where,
      reason: `${imagePath}: ${reasonByPath.get(imagePath)}`,
    })),
  ];
  if (usable.length === 0) {
    const reasons = allSkipped.slice(0, 3).map(({ where, reason }) => `\n  ${where}: ${reason}`);
    throw new UserError(
      `none of the ${listing.pairs.length} pairs has a readable picture:${reasons.join('')}`,
    );
  }
  await encodeCaptions(usable, encoder, cache, startProgress);
  return joinPairs(
    encoder.dim,
    usable.map(({ imagePath, caption }) => ({
      image: keyed(keyByPath.get(imagePath) ?? '', cache),
      text: keyed(contentKey('text', caption), cache),
      group: null,
    })),
    allSkipped,
  );
}

function keyed(key: string, cache: EmbeddingCache): KeyedEmbedding {
  const embedding = cache.get(key);
  if (embedding === null) throw new Error(`no embedding under ${key} after encoding`);
  return { key, embedding };
}

async function encodePictures(
  pairs: readonly PairSource[],
  encoder: PairEncoder,
  cache: EmbeddingCache,
  startProgress: StartProgress,
): Promise<EncodedPictures> {
  const paths = new Set(pairs.map(({ imagePath }) => imagePath));
  const keyByPath = new Map<string, string>();
  const reasonByPath = new Map<string, string>();
  const progress = startProgress('pictures', paths.size);
  let batch: { readonly path: string; readonly key: string; readonly bytes: Uint8Array }[] = [];
  const flush = async (): Promise<void> => {
    const embeddings = await encoder.encodeImages(batch.map(({ bytes }) => bytes));
    const fresh = new Map<string, Float32Array>();
    for (const [i, { path, key }] of batch.entries()) {
      const embedding = embeddings[i];
      if (embedding instanceof Float32Array) {
        fresh.set(key, embedding);
        keyByPath.set(path, key);
      } else reasonByPath.set(path, embedding.message);
    }
    await cache.put(fresh);
    progress.add(batch.length);
    batch = [];
  };
  for (const path of paths) {
    const bytes = await readFile(path).catch((cause: unknown) => reasonOf(cause));
    if (typeof bytes === 'string') {
      reasonByPath.set(path, bytes);
      progress.add(1);
      continue;
    }
    const key = contentKey('image', bytes);
    if (cache.get(key) !== null) {
      keyByPath.set(path, key);
      progress.add(1, { known: true });
    } else batch.push({ path, key, bytes });
    if (batch.length === encoder.imageBatchSize) await flush();
  }
  if (batch.length > 0) await flush();
  progress.stop();
  return { keyByPath, reasonByPath };
}

async function encodeCaptions(
  pairs: readonly PairSource[],
  encoder: PairEncoder,
  cache: EmbeddingCache,
  startProgress: StartProgress,
): Promise<void> {
  const captions = [...new Set(pairs.map(({ caption }) => caption))];
  const progress = startProgress('captions', captions.length);
  const unknown = captions.filter((caption) => cache.get(contentKey('text', caption)) === null);
  progress.add(captions.length - unknown.length, { known: true });
  for (let start = 0; start < unknown.length; start += encoder.textBatchSize) {
    const batch = unknown.slice(start, start + encoder.textBatchSize);
    const embeddings = await encoder.encodeTexts(batch);
    await cache.put(new Map(batch.map((caption, i) => [contentKey('text', caption), embeddings[i]])));
    progress.add(batch.length);
  }
  progress.stop();
}
