import { quantizeRows } from '../../src/core/search/int8-rows.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';

/**
 * Vectors of a corpus in the form that everything stored is made from: full int8 rows with a scale each, of unit length, and what
 * is known of each. Compact vectors come from these too, so that a corpus can be packed again without the data it came from.
 */
export interface CorpusRows {
  readonly dim: number;
  readonly items: readonly CorpusItem[];
  readonly scales: Float32Array;
  /** Row-major, shape [items.length, dim]. */
  readonly rows: Int8Array;
}

/** Rows of embeddings in order. @param embeddings row-major, shape [items.length, dim], finite, each of unit norm */
export function toCorpusRows(
  items: readonly CorpusItem[],
  dim: number,
  embeddings: Float32Array,
): CorpusRows {
  const rows = new Int8Array(items.length * dim);
  const scales = new Float32Array(items.length);
  quantizeRows(embeddings, dim, 'unit', rows, scales);
  return { dim, items, scales, rows };
}

/** One after the other. */
export function joinRows(dim: number, parts: readonly CorpusRows[]): CorpusRows {
  const count = parts.reduce((sum, { items }) => sum + items.length, 0);
  const scales = new Float32Array(count);
  const rows = new Int8Array(count * dim);
  let at = 0;
  for (const part of parts) {
    scales.set(part.scales, at);
    rows.set(part.rows, at * dim);
    at += part.items.length;
  }
  return { dim, items: parts.flatMap(({ items }) => items), scales, rows };
}

/** The rows of these places, in their order. */
export function pickRows({ dim, items, scales, rows }: CorpusRows, places: ArrayLike<number>): CorpusRows {
  const order = Array.from(places);
  const picked = new Int8Array(order.length * dim);
  order.forEach((place, i) => picked.set(rows.subarray(place * dim, (place + 1) * dim), i * dim));
  return {
    dim,
    items: order.map((place) => items[place]),
    scales: Float32Array.from(order, (place) => scales[place]),
    rows: picked,
  };
}

/** One stored row as the float32 vector it stands for. */
export function rowVector({ dim, scales, rows }: CorpusRows, place: number): Float32Array {
  return Float32Array.from(rows.subarray(place * dim, (place + 1) * dim), (value) => value * scales[place]);
}
