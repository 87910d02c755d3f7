import { createHash } from 'node:crypto';
import {
  type EncodedPictures,
  type PairEncoder,
  encodeImages,
  encodeTexts,
} from '../dataset/encode-pairs.ts';
import { type DatasetRow, type DatasetListing, type PairSource, isSkipped } from '../dataset/pair-source.ts';
import { type EmbeddingCache, contentKey } from '../embedding-cache/embedding-cache.ts';
import type { RowMetrics } from './caption-metrics.ts';
import type { CaptionMetrics, EmbeddedInput, RowSource } from './row-source.ts';

/** A cut run repeats at most so many rows. */
const WINDOW_ROWS = 256;

/**
 * The rows of a dataset of pictures, encoded a window at a time, from the cache where they are known.
 * @param encoder the selection's own
 * @param metrics null: none were asked for
 */
export function pictureRows(
  { rows, duplicates }: DatasetListing,
  encoder: PairEncoder,
  cache: EmbeddingCache,
  metrics: RowMetrics | null = null,
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
        const texts = await encodeWindow(window, encoder, cache, encoded, metrics);
        const isTruncated = metrics === null ? null : await truncationOf(texts, encoder);
        const measure = (pair: PairSource, image: Float32Array): CaptionMetrics | undefined =>
          metrics?.score(pair, image, (text) => embeddingOf(text, cache), isTruncated);
        yield window.map((row) => inputOf(row, encoded, cache, measure));
      }
    },
  };
}

/**
 * The cache gets a window whole or not at all. A run that is cut inside one finds the cache as it was, so that the same
 * pictures share a batch again: the last digits of an embedding may depend on its batch.
 * @returns the texts of `metrics`
 */
async function encodeWindow(
  window: readonly DatasetRow[],
  encoder: PairEncoder,
  cache: EmbeddingCache,
  encoded: EncodedPictures,
  metrics: RowMetrics | null,
): Promise<Set<string>> {
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
  const measured = new Set(
    usable.flatMap((pair) => {
      const texts = metrics?.textsOf(pair);
      return texts ? [texts.caption, ...texts.references] : [];
    }),
  );
  await encodeTexts(measured, encoder, pending, ignore);
  await cache.put(fresh);
  return measured;
}

/** Null where the encoder does not tell. */
async function truncationOf(
  texts: ReadonlySet<string>,
  { truncates }: PairEncoder,
): Promise<((text: string) => boolean) | null> {
  if (truncates === undefined) return null;
  const list = [...texts];
  const isCut = await truncates(list);
  const cut = new Set(list.filter((_, i) => isCut[i]));
  return (text) => cut.has(text);
}

function embeddingOf(text: string, cache: EmbeddingCache): Float32Array {
  const embedding = cache.get(contentKey('text', text));
  if (embedding === null) throw new Error('no embedding of a text after encoding');
  return embedding;
}

function inputOf(
  row: DatasetRow,
  { keyByName, reasonByName }: EncodedPictures,
  cache: EmbeddingCache,
  measure: (pair: PairSource, image: Float32Array) => CaptionMetrics | undefined,
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
  const metrics = measure(row, embeddings.image);
  return {
    ...shown,
    embeddings: { image: embeddings.image, text: embeddings.text, ...(metrics && { metrics }) },
  };
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
