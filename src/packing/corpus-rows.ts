import { type VectorCoding, decodeVector } from '../core/search/vector-coding.ts';
import type { CorpusItem } from '../format/corpus-items.ts';

/**
 * Vectors of a corpus in the form that everything stored is made from: full int8 rows of a coding with a scale each, and what is
 * known of each. Compact vectors come from these too, so that a corpus can be packed again without the data it came from.
 */
export interface CorpusRows {
  readonly coding: VectorCoding;
  readonly items: readonly CorpusItem[];
  readonly scales: Float32Array;
  /** Row-major, shape [items.length, dim of the coding]. */
  readonly rows: Int8Array;
}

/** One after the other; the arrays of a single part with rows in it are not copied: of a million vectors they take half a gigabyte. @param coding that of all parts */
export function joinRows(coding: VectorCoding, parts: readonly CorpusRows[]): CorpusRows {
  const filled = parts.filter(({ items }) => items.length > 0);
  if (filled.length === 1) return { ...filled[0], coding };
  const dim = coding.mean.length;
  const count = parts.reduce((sum, { items }) => sum + items.length, 0);
  const scales = new Float32Array(count);
  const rows = new Int8Array(count * dim);
  let at = 0;
  for (const part of parts) {
    scales.set(part.scales, at);
    rows.set(part.rows, at * dim);
    at += part.items.length;
  }
  return { coding, items: parts.flatMap(({ items }) => items), scales, rows };
}

/** The rows of these places, in their order; no copy where they are all as they stand. */
export function pickRows(of: CorpusRows, places: ArrayLike<number>): CorpusRows {
  const { coding, items, scales, rows } = of;
  const dim = coding.mean.length;
  const order = Uint32Array.from(places);
  if (order.length === items.length && order.every((place, i) => place === i)) return of;
  const picked = new Int8Array(order.length * dim);
  order.forEach((place, i) => picked.set(rows.subarray(place * dim, (place + 1) * dim), i * dim));
  return {
    coding,
    items: Array.from(order, (place) => items[place]),
    scales: Float32Array.from(order, (place) => scales[place]),
    rows: picked,
  };
}

/** The unit vector that a stored row stands for. */
export function rowVector({ coding, scales, rows }: CorpusRows, place: number): Float32Array {
  return decodeVector(coding, rows, place * coding.mean.length, scales[place]);
}
