import { normalizeRows } from '../../src/core/vector.ts';
import type { Modality } from '../../src/core/scoring/selection-model.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';
import { UserError } from '../cli/user-error.ts';
import { openEmbeddingMatrix } from '../dataset/embedding-matrix.ts';
import type { FreshVectors } from './fresh-vectors.ts';

/** Rows that are float32 in memory at once. */
const WINDOW_ROWS = 8192;

export interface MatrixSource {
  readonly modality: Modality;
  readonly path: string;
}

/**
 * Vectors of a .npy file, each brought to unit length.
 * @param itemsOf the items of so many rows
 * @param dim what the selection expects
 * @throws UserError naming the file when it cannot be read or has another dim; `windows` throws one that names a row of no direction
 */
export async function openMatrix(
  { modality, path }: MatrixSource,
  dim: number,
  itemsOf: (count: number) => Promise<readonly CorpusItem[]>,
): Promise<FreshVectors> {
  const matrix = await openEmbeddingMatrix(path, `--${modality}-embeddings`);
  if (matrix.dim !== dim) {
    throw new UserError(
      `${path} holds vectors of ${matrix.dim} numbers, the selection is for ${dim}: it was made for another encoder`,
    );
  }
  return {
    dim,
    items: await itemsOf(matrix.count),
    async *windows() {
      for (let start = 0; start < matrix.count; start += WINDOW_ROWS) {
        const embeddings = await matrix.readRows(start, Math.min(matrix.count, start + WINDOW_ROWS));
        normalizeOrExplain(embeddings, dim, path, start);
        yield embeddings;
      }
    },
  };
}

function normalizeOrExplain(embeddings: Float32Array, dim: number, path: string, start: number): void {
  for (let at = 0; at < embeddings.length; at += dim) {
    try {
      normalizeRows(embeddings.subarray(at, at + dim), dim);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new UserError(
        `${path}, row ${start + at / dim}: expected a vector of finite numbers that are not all zero`,
        { cause },
      );
    }
  }
}
