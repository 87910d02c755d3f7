import { createHash } from 'node:crypto';
import {
  type EncodedPictures,
  type PairEncoder,
  encodeImages,
  encodeTexts,
} from '../dataset/encode-pairs.ts';
import { type DatasetRow, type DatasetListing, isSkipped } from '../dataset/pair-source.ts';
import { type EmbeddingCache, contentKey } from '../embedding-cache/embedding-cache.ts';
import type { EmbeddedInput, RowSource } from './row-source.ts';

/** A cut run repeats at most so many rows. */
const WINDOW_ROWS = 256;

/**
 * The rows of a dataset of pictures, encoded a window at a time, from the cache where they are known.
 * @param encoder the selection's own
 */
export function pictureRows(
  { rows, duplicates }: DatasetListing,
  encoder: PairEncoder,
  cache: EmbeddingCache,
): RowSource {
  const encoded: EncodedPictures = { keyByName: new Map(), reasonByName: new Map() };
  return {
    total: rows.length,
    dim: encoder.dim,
    duplicates,
    digest: digestOf(rows),
    async *windows(start) {
      for (let at = start; at < rows.length; at += WINDOW_ROWS) {
        const window = rows.slice(at, at + WINDOW_ROWS);
        await encodeWindow(window, encoder, cache, encoded);
        yield window.map((row) => inputOf(row, encoded, cache));
      }
    },
  };
}

/**
 * The cache gets a window whole or not at all. A run that is cut inside one finds the cache as it was, so that the same
 * pictures share a batch again: the last digits of an embedding may depend on its batch.
 */
async function encodeWindow(
  window: readonly DatasetRow[],
  encoder: PairEncoder,
  cache: EmbeddingCache,
  encoded: EncodedPictures,
): Promise<void> {
  const pairs = window.flatMap((row) => (isSkipped(row) ? [] : [row]));
  const fresh = new Map<string, Float32Array>();
  const pending = {
    get: (key: string) => fresh.get(key) ?? cache.get(key),
    put: (entries: ReadonlyMap<string, Float32Array>): Promise<void> => {
      for (const [key, embedding] of entries) fresh.set(key, embedding);
      return Promise.resolve();
    },
  };
  const { keyByName, reasonByName } = encoded;
  const images = new Map(
    pairs
      .filter(({ image: { name } }) => !keyByName.has(name) && !reasonByName.has(name))
      .map(({ image }) => [image.name, image]),
  );
  const ignore = (): void => undefined;
  await encodeImages(images.values(), encoder, pending, encoded, ignore);
  const usable = pairs.filter(({ image }) => keyByName.has(image.name));
  await encodeTexts(new Set(usable.map(({ caption }) => caption)), encoder, pending, ignore);
  await cache.put(fresh);
}

function inputOf(
  row: DatasetRow,
  { keyByName, reasonByName }: EncodedPictures,
  cache: EmbeddingCache,
): EmbeddedInput {
  if (isSkipped(row)) {
    const { image = null, caption = null, where, reason } = row;
    return { image, caption, where, embeddings: { error: reason } };
  }
  const { image, imageName, caption, where } = row;
  const key = keyByName.get(image.name);
  const shown = { image: imageName, caption, where };
  if (key === undefined) {
    return { ...shown, embeddings: { error: reasonByName.get(image.name) ?? 'not encoded' } };
  }
  const embeddings = { image: cache.get(key), text: cache.get(contentKey('text', caption)) };
  if (embeddings.image === null || embeddings.text === null) {
    throw new Error(`no embedding of ${where} after encoding`);
  }
  return { ...shown, embeddings: { image: embeddings.image, text: embeddings.text } };
}

function digestOf(rows: readonly DatasetRow[]): string {
  const hash = createHash('sha256');
  for (const row of rows) {
    const parts = isSkipped(row)
      ? [row.where, row.image, row.caption, row.reason]
      : [row.where, row.imageName, row.caption, row.image.name];
    hash.update(`${JSON.stringify(parts)}\n`);
  }
  return hash.digest('hex');
}
