import type { OutlierSet, Outliers } from '../../src/core/pairs/outliers.ts';
import { PICTURE_FAMILIES, makePictures } from '../../src/core/outliers/made-pictures.ts';
import { TEXT_FAMILIES, makeTexts } from '../../src/core/outliers/made-texts.ts';
import { plainTexts } from '../../src/core/outliers/plain-texts.ts';
import { encodePng } from '../clip/png-file.ts';
import type { StartProgress } from '../cli/progress.ts';
import {
  type EncodedPictures,
  type PairEncoder,
  encodeImages,
  encodeTexts,
} from '../dataset/encode-pairs.ts';
import { type EmbeddingCache, contentKey } from '../embedding-cache/embedding-cache.ts';

/** Of each family: 96 pictures and 176 texts in all. */
const PICTURES_A_FAMILY = 6;
const TEXTS_A_FAMILY = 8;
/** The same for every record, so that they are encoded once an encoder. */
const SEED = 14;

/**
 * Made pictures and texts that no calibration should hold, and plain texts made of its captions, encoded, from the cache where they are
 * known.
 */
export async function loadOutliers(
  encoder: PairEncoder,
  captions: Iterable<string>,
  cache: EmbeddingCache,
  startProgress: StartProgress,
): Promise<Outliers> {
  const pictures = PICTURE_FAMILIES.flatMap((name, family) =>
    makePictures(name, PICTURES_A_FAMILY, SEED + family).map((picture) => ({ family, picture })),
  );
  const texts = TEXT_FAMILIES.flatMap((name, family) =>
    makeTexts(name, TEXTS_A_FAMILY, SEED + family).map((text) => ({
      family,
      key: contentKey('text', text),
      text,
    })),
  );
  const plain = plainTexts(captions, SEED).map((text) => ({
    family: 0,
    key: contentKey('text', text),
    text,
  }));
  const all = new Set([...texts, ...plain].map(({ text }) => text));
  const progress = startProgress('outliers', pictures.length + all.size, { cached: true });
  try {
    const sources = pictures.map(({ picture }, i) => ({
      name: String(i),
      read: async () => Promise.resolve(encodePng(picture)),
    }));
    const encoded: EncodedPictures = { keyByName: new Map(), reasonByName: new Map() };
    await encodeImages(sources, encoder, cache, encoded, progress.add);
    await encodeTexts(all, encoder, cache, progress.add);
    const keyed = pictures.map(({ family }, i) => ({
      family,
      key: encoded.keyByName.get(String(i)) ?? null,
    }));
    const { embeddings } = gather(plain, cache, encoder.dim);
    return {
      image: gather(keyed, cache, encoder.dim),
      text: { ...gather(texts, cache, encoder.dim), plain: embeddings },
    };
  } finally {
    progress.stop();
  }
}

/** Those that the encoder took. */
function gather(
  items: readonly { readonly family: number; readonly key: string | null }[],
  cache: EmbeddingCache,
  dim: number,
): OutlierSet {
  const found = items.flatMap(({ family, key }) => {
    const embedding = key === null ? null : cache.get(key);
    return embedding === null ? [] : [{ family, embedding }];
  });
  const embeddings = new Float32Array(found.length * dim);
  found.forEach(({ embedding }, i) => embeddings.set(embedding, i * dim));
  return { embeddings, families: Int32Array.from(found, ({ family }) => family) };
}
