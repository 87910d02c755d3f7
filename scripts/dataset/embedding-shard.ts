import { basename } from 'node:path';
import type { ShardRow } from '../../src/dataset/collect-pairs.ts';
import { UserError } from '../cli/user-error.ts';
import { type EmbeddingMatrix, openEmbeddingMatrix } from './embedding-matrix.ts';

/** A pair and its rows in the two matrices. */
interface EmbeddedRow extends ShardRow {
  readonly imageRow: number;
  readonly textRow: number;
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

/** `readPairRows` with the embeddings side by side: row-major, shape [end − start, dim] each. */
export async function readPairBlock(
  shard: EmbeddingShard,
  start: number,
  end: number,
): Promise<{
  readonly rows: EmbeddedRow[];
  readonly images: Float32Array;
  readonly texts: Float32Array;
}> {
  const rows = Array.from({ length: end - start }, (_, i) => shard.rowAt(start + i));
  const [imageRows, textRows] = [rows.map(({ imageRow }) => imageRow), rows.map(({ textRow }) => textRow)];
  return {
    rows,
    images: await gatherBlock(shard.images, imageRows),
    texts: await gatherBlock(shard.texts, textRows),
  };
}

/** Rows that lie further apart are read by themselves: a range between them may be as long as the file. */
const MOST_SPAN = 4;

async function gatherBlock(matrix: EmbeddingMatrix, indices: readonly number[]): Promise<Float32Array> {
  const { dim } = matrix;
  const block = new Float32Array(indices.length * dim);
  for (let from = 0; from < indices.length;) {
    const to = runEnd(indices, from);
    const part = indices.slice(from, to);
    const first = part.reduce((least, index) => Math.min(least, index), Infinity);
    const last = part.reduce((most, index) => Math.max(most, index), -1);
    const range = await matrix.readRows(first, last + 1);
    part.forEach((index, i) =>
      block.set(range.subarray((index - first) * dim, (index - first + 1) * dim), (from + i) * dim),
    );
    from = to;
  }
  return block;
}

/** How far from `from` on indices lie so close that one read of the range which spans them is at most four times as long as they are. */
function runEnd(indices: readonly number[], from: number): number {
  let [first, last] = [indices[from], indices[from]];
  for (let i = from + 1; i < indices.length; i++) {
    first = Math.min(first, indices[i]);
    last = Math.max(last, indices[i]);
    if (last - first + 1 > MOST_SPAN * (i - from + 1)) return i;
  }
  return indices.length;
}

/** Rows of their own each. */
async function gather(matrix: EmbeddingMatrix, indices: readonly number[]): Promise<Float32Array[]> {
  const { dim } = matrix;
  const block = await gatherBlock(matrix, indices);
  return indices.map((_, i) => block.slice(i * dim, (i + 1) * dim));
}
