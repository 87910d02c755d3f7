import { basename } from 'node:path';
import type { Modality } from '../../src/core/scoring/selection-model.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';
import { UserError } from '../cli/user-error.ts';
import { type EmbeddingMatrix, openEmbeddingMatrix } from '../dataset/embedding-matrix.ts';
import type { Skipped } from '../dataset/pair-source.ts';
import { unitProblem } from '../../src/dataset/unit-problem.ts';
import type { FreshVectors } from './fresh-vectors.ts';

/** Rows that are float32 in memory at once. */
const WINDOW_ROWS = 8192;

export interface MatrixSource {
  readonly modality: Modality;
  readonly path: string;
}

/** A window of a matrix: its sound rows at unit length, side by side, and why the others are none. */
interface Window {
  readonly rows: readonly number[];
  readonly embeddings: Float32Array;
  readonly problems: readonly { readonly row: number; readonly reason: string }[];
}

/**
 * Vectors of a .npy file, each brought to unit length. Rows that have no direction (NaN, Infinity, all zero) are skipped: the
 * file is read through once to know them.
 * @param itemsOf the items of so many rows
 * @param dim what the selection expects
 * @throws UserError naming the file when it cannot be read, has another dim or no sound row
 */
export async function openMatrix(
  { modality, path }: MatrixSource,
  dim: number,
  itemsOf: (count: number) => Promise<readonly CorpusItem[]>,
): Promise<{ readonly vectors: FreshVectors; readonly skipped: readonly Skipped[] }> {
  const matrix = await openEmbeddingMatrix(path, `--${modality}-embeddings`);
  if (matrix.dim !== dim) {
    throw new UserError(
      `${path} holds vectors of ${matrix.dim} numbers, the selection is for ${dim}: it was made for another encoder`,
    );
  }
  const all = await itemsOf(matrix.count);
  const items: CorpusItem[] = [];
  const skipped: Skipped[] = [];
  for await (const { rows, problems } of readWindows(matrix, modality)) {
    for (const row of rows) items.push(all[row]);
    for (const { row, reason } of problems) skipped.push({ where: `${basename(path)} row ${row}`, reason });
  }
  if (items.length === 0) {
    throw new UserError(`${path} holds no usable row. ${skipped[0]?.where}: ${skipped[0]?.reason}`);
  }
  const vectors = {
    dim,
    items,
    async *windows() {
      for await (const { embeddings } of readWindows(matrix, modality)) yield embeddings;
    },
  };
  return { vectors, skipped };
}

async function* readWindows(matrix: EmbeddingMatrix, modality: Modality): AsyncGenerator<Window> {
  const { count, dim } = matrix;
  for (let start = 0; start < count; start += WINDOW_ROWS) {
    const stored = await matrix.readRows(start, Math.min(count, start + WINDOW_ROWS));
    const rows: number[] = [];
    const problems: { row: number; reason: string }[] = [];
    for (let at = 0; at < stored.length; at += dim) {
      const row = start + at / dim;
      const reason = unitProblem(stored.subarray(at, at + dim), modality);
      if (reason !== null) problems.push({ row, reason });
      else {
        stored.copyWithin(rows.length * dim, at, at + dim);
        rows.push(row);
      }
    }
    yield { rows, embeddings: stored.slice(0, rows.length * dim), problems };
  }
}
