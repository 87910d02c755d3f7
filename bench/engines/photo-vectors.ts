import { existsSync } from 'node:fs';
import path from 'node:path';
import { encodeImages, encodeTexts } from '../../scripts/dataset/encode-pairs.ts';
import { loadPairEncoder, openCache } from '../../scripts/dataset/load-pair-encoder.ts';
import type { ImageSource } from '../../scripts/dataset/pair-source.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { contentKey } from '../../scripts/embedding-cache/embedding-cache.ts';
import { EMBEDDINGS_FOLDER } from '../../scripts/kv/project.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PHOTOGRAPHS = path.resolve(ROOT, '../shared/data/photos/photos.csv');

/** Real embeddings of the embedded encoder, row-major, of unit length. */
export interface PhotoVectors {
  readonly dim: number;
  /** Of pictures, then of captions: one row each, no picture or caption twice. */
  readonly rows: Float32Array;
  readonly pictures: number;
  readonly captions: number;
}

/**
 * The photographs and their captions (each part between bars by itself, as one caption) and the samples, encoded once and kept in the cache
 * that `precompute` uses.
 * @returns null, with a notice, where the photographs are not there
 */
export async function readPhotoVectors(tell: (line: string) => void): Promise<PhotoVectors | null> {
  if (!existsSync(PHOTOGRAPHS)) {
    tell(`left out: there are no photographs at ${path.relative(ROOT, PHOTOGRAPHS)}`);
    return null;
  }
  const sets = [
    await readDataset(PHOTOGRAPHS, { image: 'file', caption: 'captions' }),
    await readDataset(path.join(ROOT, 'models/sample/captions.csv'), undefined),
  ];
  const pairs = sets.flatMap((set) => set.pairs);
  const images = new Map<string, ImageSource>(pairs.map(({ image }) => [image.name, image]));
  const captions = new Set(pairs.flatMap(({ caption }) => caption.split('|')));
  const { info, encoder } = await loadPairEncoder();
  const cache = await openCache(EMBEDDINGS_FOLDER, info, tell);
  const encoded = { keyByName: new Map<string, string>(), reasonByName: new Map<string, string>() };
  let done = 0;
  const add = (count: number): void => {
    done += count;
    if (done % 1000 < count) tell(`${done} of ${images.size + captions.size} encoded`);
  };
  await encodeImages(images.values(), encoder, cache, encoded, add);
  await encodeTexts(captions, encoder, cache, add);
  const pictureKeys = new Set(encoded.keyByName.values());
  const captionKeys = [...captions].map((caption) => contentKey('text', caption));
  const rows = new Float32Array((pictureKeys.size + captionKeys.length) * info.dim);
  [...pictureKeys, ...captionKeys].forEach((key, i) => {
    const embedding = cache.get(key);
    if (embedding === null) throw new Error(`no embedding under ${key} after encoding`);
    rows.set(embedding, i * info.dim);
  });
  return { dim: info.dim, rows, pictures: pictureKeys.size, captions: captionKeys.length };
}
