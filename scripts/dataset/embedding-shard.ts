import { basename } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { type EmbeddingMatrix, openEmbeddingMatrix } from './embedding-matrix.ts';
import type { Label } from './pair-source.ts';

/** A pair of precomputed embeddings by rows of the two matrices, with what is known of it. */
interface EmbeddedRow {
  readonly imageRow: number;
  readonly textRow: number;
  readonly image: string | null;
  readonly caption: string | null;
  readonly label: Label;
  /** Where a column of kinds was named. */
  readonly kind?: string;
  readonly where: string;
}

/** Two matrices and the pairs between them. */
export interface EmbeddingShard {
  readonly images: EmbeddingMatrix;
  readonly texts: EmbeddingMatrix;
  /** Every file that the pairs come from: the two matrices, and the metadata where there is some. */
  readonly files: readonly string[];
  readonly count: number;
  readonly rowAt: (index: number) => EmbeddedRow;
}

/**
 * Two .npy files whose rows belong together.
 * @throws UserError naming options and files when they cannot be read or their shapes differ
 */
export async function openNpyPairs(imagePath: string, textPath: string): Promise<EmbeddingShard> {
  const images = await openEmbeddingMatrix(imagePath, '--image-embeddings');
  const texts = await openEmbeddingMatrix(textPath, '--text-embeddings');
  assertRowsPair(images, texts);
  return pairByRow(images, texts);
}

/** @throws UserError unless there are as many images as texts, of as many coordinates */
export function assertRowsPair(
  images: Omit<EmbeddingMatrix, 'readRows'>,
  texts: Omit<EmbeddingMatrix, 'readRows'>,
): void {
  if (images.count === texts.count && images.dim === texts.dim) return;
  throw new UserError(
    `row i of --image-embeddings must belong to row i of --text-embeddings, with as many coordinates: ` +
      `got shape (${images.count}, ${images.dim}) in ${images.path} and (${texts.count}, ${texts.dim}) in ${texts.path}`,
  );
}

/** Row i with row i; `where` counts from 0, as NumPy does. */
export function pairByRow(images: EmbeddingMatrix, texts: EmbeddingMatrix): EmbeddingShard {
  const name = basename(texts.path);
  return {
    images,
    texts,
    files: [images.path, texts.path],
    count: images.count,
    rowAt: (index) => ({
      imageRow: index,
      textRow: index,
      image: null,
      caption: null,
      label: 1,
      where: `${name} row ${index}`,
    }),
  };
}

/** The embeddings of the pairs from `start` up to `end`: one a pair, in order, as `readRows` gives them. */
export async function readPairRows(
  shard: EmbeddingShard,
  start: number,
  end: number,
): Promise<{
  readonly rows: EmbeddedRow[];
  readonly images: Float32Array[];
  readonly texts: Float32Array[];
}> {
  const rows = Array.from({ length: end - start }, (_, i) => shard.rowAt(start + i));
  return {
    rows,
    images: await gather(
      shard.images,
      rows.map(({ imageRow }) => imageRow),
    ),
    texts: await gather(
      shard.texts,
      rows.map(({ textRow }) => textRow),
    ),
  };
}

/** One read of the range that spans the indices: pairs next to each other name rows next to each other. */
async function gather(matrix: EmbeddingMatrix, indices: readonly number[]): Promise<Float32Array[]> {
  const first = indices.reduce((least, index) => Math.min(least, index), Infinity);
  const last = indices.reduce((most, index) => Math.max(most, index), -1);
  if (last < 0) return [];
  const { dim } = matrix;
  const range = await matrix.readRows(first, last + 1);
  return indices.map((index) => range.slice((index - first) * dim, (index - first + 1) * dim));
}
