import { statSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import type { Modality } from '../../src/core/scoring/selection-model.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';
import type { Thumbnails } from '../../src/storage/publish-corpus.ts';
import { UserError } from '../cli/user-error.ts';
import { type EncodedPictures, encodeImages, encodeTexts } from '../dataset/encode-pairs.ts';
import { type EncoderChoice, loadPairEncoder, openCache } from '../dataset/load-pair-encoder.ts';
import type { ImageSource, NamedColumns, PairSource, Skipped } from '../dataset/pair-source.ts';
import type { StartProgress } from '../cli/progress.ts';
import { readDataset } from '../dataset/read-dataset.ts';
import { type EmbeddingCache, contentKey } from '../embedding-cache/embedding-cache.ts';
import { checkEncoder } from '../selection/check-encoder.ts';
import { type FreshVectors, freshInMemory } from './fresh-vectors.ts';
import { type MadeThumbnails, makeThumbnails } from './make-thumbnails.ts';
import { metadataText } from './metadata-file.ts';

export interface DatasetSource extends EncoderChoice {
  readonly path: string;
  readonly columns?: NamedColumns | undefined;
  readonly modality: Modality;
  readonly cache: string;
  /** Make them, of pictures; by itself none. */
  readonly thumbnails?: boolean;
}

export interface DatasetRows {
  readonly fresh: FreshVectors;
  readonly skipped: readonly Skipped[];
  /** Of the items that name one. */
  readonly thumbnails: Thumbnails;
}

/** What is encoded, and what it is called in the corpus. */
interface Subject extends CorpusItem {
  readonly pair: PairSource;
}

/**
 * The pictures of a dataset, each once, or its captions, encoded by the selection's own encoder (from the cache where they are
 * known). A picture's id is its path as the dataset writes it, or from the dataset's root where several pictures are written
 * alike; a caption's is that with #0, #1, ... behind it. Metadata: the
 * caption or the picture, and the other columns of a table.
 * @param record of the selection
 * @throws UserError when the dataset cannot be read, is of another encoder, or nothing of it can be encoded
 */
export async function readDatasetRows(
  { path, columns, modality, cache: folder, thumbnails = false, ...choice }: DatasetSource,
  record: SelectionRecord,
  selection: string,
  output: { readonly startProgress: StartProgress; readonly tell: (line: string) => void },
): Promise<DatasetRows> {
  const listing = await readDataset(path, columns);
  for (const note of listing.notes) output.tell(`note: ${note}`);
  const pairs = listing.pairs.filter(({ label }) => label !== 0);
  const idOf = pictureIds(pairs, path);
  const subjects = modality === 'image' ? pictures(pairs, idOf) : captions(pairs, idOf);
  const { info, encoder } = await loadPairEncoder(choice);
  checkEncoder(record, info, selection);
  const cache = await openCache(folder, info, output.tell);
  const encoded: EncodedPictures = { keyByName: new Map(), reasonByName: new Map() };
  const progress = output.startProgress(modality === 'image' ? 'pictures' : 'captions', subjects.length, {
    cached: true,
  });
  try {
    if (modality === 'image') {
      const images = subjects.map(({ pair }) => pair.image);
      await encodeImages(images, encoder, cache, encoded, progress.add);
    } else {
      await encodeTexts(new Set(subjects.map(({ pair }) => pair.caption)), encoder, cache, progress.add);
    }
  } finally {
    progress.stop();
  }
  const keyOf = ({ pair }: Subject): string | undefined =>
    modality === 'image' ? encoded.keyByName.get(pair.image.name) : contentKey('text', pair.caption);
  const usable = subjects.filter((subject) => keyOf(subject) !== undefined);
  const skipped = subjects
    .filter((subject) => keyOf(subject) === undefined)
    .map(({ id, pair }) => ({
      where: pair.where,
      reason: `${id}: ${encoded.reasonByName.get(pair.image.name)}`,
    }));
  if (usable.length === 0) {
    throw new UserError(
      `nothing of ${path} can be encoded: ${skipped[0]?.reason ?? 'it has no matching pair'}`,
    );
  }
  const embeddings = embeddingsOf(
    usable.map((subject) => keyOf(subject) ?? ''),
    cache,
    info.dim,
  );
  const shown = thumbnails ? usable.map(({ pair }) => pair.image) : [];
  const made =
    shown.length > 0 ? await thumbnailsOf(shown, choice.maxPixels, output.startProgress) : NO_THUMBNAILS;
  const items = usable.map(({ id, metadata, pair }): CorpusItem => {
    const thumbnail = made.idByName.get(pair.image.name);
    return thumbnail === undefined ? { id, metadata } : { id, metadata, thumbnail };
  });
  return {
    fresh: freshInMemory(items, info.dim, embeddings),
    skipped: [...listing.skipped, ...skipped],
    thumbnails: made.bytesById,
  };
}

const NO_THUMBNAILS: MadeThumbnails = { idByName: new Map(), bytesById: new Map() };

async function thumbnailsOf(
  images: readonly ImageSource[],
  maxPixels: number | undefined,
  startProgress: StartProgress,
): Promise<MadeThumbnails> {
  const progress = startProgress('thumbnails', images.length);
  try {
    return await makeThumbnails(images, maxPixels, progress.add);
  } finally {
    progress.stop();
  }
}

function pictures(pairs: readonly PairSource[], idOf: (pair: PairSource) => string): Subject[] {
  const first = new Map<string, PairSource>();
  for (const pair of pairs) if (!first.has(idOf(pair))) first.set(idOf(pair), pair);
  return [...first].map(([id, pair]) => ({
    id,
    metadata: metadataText({ ...pair.columns, caption: pair.caption }, pair.where),
    pair,
  }));
}

function captions(pairs: readonly PairSource[], idOf: (pair: PairSource) => string): Subject[] {
  const counts = new Map<string, number>();
  return pairs.map((pair) => {
    const id = idOf(pair);
    const nth = counts.get(id) ?? 0;
    counts.set(id, nth + 1);
    return {
      id: `${id}#${nth}`,
      metadata: metadataText({ ...pair.columns, caption: pair.caption, image: pair.imageName }, pair.where),
      pair,
    };
  });
}

/**
 * Shards begin their keys anew, and splits their file names: a name that several pictures have says nothing, so that those
 * go by their paths from the root of the dataset: `00001.tar/000000000.jpg`.
 */
function pictureIds(pairs: readonly PairSource[], path: string): (pair: PairSource) => string {
  const sources = new Map<string, string>();
  const shared = new Set<string>();
  for (const { image, imageName } of pairs) {
    const known = sources.get(imageName) ?? image.name;
    sources.set(imageName, known);
    if (known !== image.name) shared.add(imageName);
  }
  const root = statSync(path).isFile() ? dirname(path) : path;
  return ({ image, imageName }) =>
    shared.has(imageName) ? relative(root, image.name).split(sep).join('/') : imageName;
}

function embeddingsOf(keys: readonly string[], cache: EmbeddingCache, dim: number): Float32Array {
  const embeddings = new Float32Array(keys.length * dim);
  keys.forEach((key, i) => {
    const embedding = cache.get(key);
    if (embedding === null) throw new Error(`no embedding under ${key} after encoding`);
    embeddings.set(embedding, i * dim);
  });
  return embeddings;
}
