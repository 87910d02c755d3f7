import type { Modality } from '../../src/core/scoring/selection-model.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';
import { UserError } from '../cli/user-error.ts';
import { type EncodedPictures, encodeImages, encodeTexts } from '../dataset/encode-pairs.ts';
import { loadPairEncoder, openCache } from '../dataset/load-pair-encoder.ts';
import type { PairSource, Skipped } from '../dataset/pair-source.ts';
import type { StartProgress } from '../dataset/progress.ts';
import { readDataset } from '../dataset/read-dataset.ts';
import { type EmbeddingCache, contentKey } from '../embedding-cache/embedding-cache.ts';
import { checkEncoder } from '../selection/check-encoder.ts';
import { type FreshVectors, freshInMemory } from './fresh-vectors.ts';
import { metadataText } from './metadata-file.ts';

export interface DatasetSource {
  readonly path: string;
  readonly modality: Modality;
  readonly cache: string;
  readonly model?: string;
}

export interface DatasetRows {
  readonly fresh: FreshVectors;
  readonly skipped: readonly Skipped[];
}

/** What is encoded, and what it is called in the corpus. */
interface Subject extends CorpusItem {
  readonly pair: PairSource;
}

/**
 * The pictures of a dataset, each once, or its captions, encoded by the selection's own encoder (from the cache where they are
 * known). A picture's id is its path as the dataset writes it; a caption's is that with #0, #1, ... behind it. Metadata: the
 * caption or the picture, and the other columns of a table.
 * @param record of the selection
 * @throws UserError when the dataset cannot be read, is of another encoder, or nothing of it can be encoded
 */
export async function readDatasetRows(
  { path, modality, cache: folder, model }: DatasetSource,
  record: SelectionRecord,
  selection: string,
  output: { readonly startProgress: StartProgress; readonly tell: (line: string) => void },
): Promise<DatasetRows> {
  const listing = await readDataset(path);
  for (const note of listing.notes) output.tell(`note: ${note}`);
  const pairs = listing.pairs.filter(({ label }) => label !== 0);
  const subjects = modality === 'image' ? pictures(pairs) : captions(pairs);
  const { info, encoder } = await loadPairEncoder(model);
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
  const items = usable.map(({ id, metadata }) => ({ id, metadata }));
  return { fresh: freshInMemory(items, info.dim, embeddings), skipped: [...listing.skipped, ...skipped] };
}

function pictures(pairs: readonly PairSource[]): Subject[] {
  const first = new Map<string, PairSource>();
  for (const pair of pairs) if (!first.has(pair.imageName)) first.set(pair.imageName, pair);
  return [...first.values()].map((pair) => ({
    id: pair.imageName,
    metadata: metadataText({ ...pair.columns, caption: pair.caption }, pair.where),
    pair,
  }));
}

function captions(pairs: readonly PairSource[]): Subject[] {
  const counts = new Map<string, number>();
  return pairs.map((pair) => {
    const nth = counts.get(pair.imageName) ?? 0;
    counts.set(pair.imageName, nth + 1);
    return {
      id: `${pair.imageName}#${nth}`,
      metadata: metadataText({ ...pair.columns, caption: pair.caption, image: pair.imageName }, pair.where),
      pair,
    };
  });
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
