import type { CorpusItem } from '../../src/format/corpus-items.ts';
import {
  type CodingFit,
  type VectorCoding,
  encodeVectorsInto,
  fitCoding,
} from '../../src/core/search/vector-coding.ts';
import type { Progress } from '../cli/progress.ts';
import type { CorpusRows } from '../../src/packing/corpus-rows.ts';

/** Vectors that a corpus is to be given, read a window at a time: once to fit their coding, once to write them. */
export interface FreshVectors {
  readonly dim: number;
  readonly items: readonly CorpusItem[];
  /** In the order of the items: row-major, each row of unit norm; arrays of the caller's own. */
  readonly windows: () => AsyncIterable<Float32Array>;
}

/** @param embeddings row-major, shape [items.length, dim], each row of unit norm */
export function freshInMemory(
  items: readonly CorpusItem[],
  dim: number,
  embeddings: Float32Array,
): FreshVectors {
  return {
    dim,
    items,
    async *windows() {
      yield embeddings.slice();
    },
  };
}

/** Adds all of them to the fit. */
export async function addToFit(fit: CodingFit, fresh: FreshVectors): Promise<void> {
  for await (const window of fresh.windows()) fit.add(window);
}

/** The vectors as rows of a coding. @param done told of every window */
export async function encodeFresh(
  { dim, items, windows }: FreshVectors,
  coding: VectorCoding,
  done: Progress['add'],
): Promise<CorpusRows> {
  // Written in place: parts that are joined afterwards would take twice as much.
  const rows = new Int8Array(items.length * dim);
  const scales = new Float32Array(items.length);
  let at = 0;
  for await (const window of windows()) {
    const end = at + window.length / dim;
    encodeVectorsInto(coding, window, rows.subarray(at * dim, end * dim), scales.subarray(at, end));
    done(end - at);
    at = end;
  }
  if (at !== items.length) throw new Error(`expected ${items.length} vectors, got ${at}`);
  return { coding, items, scales, rows };
}

/** Rows of a coding. @param embeddings row-major, shape [items.length, dim], each row of unit norm; overwritten */
export function toCorpusRows(
  items: readonly CorpusItem[],
  coding: VectorCoding,
  embeddings: Float32Array,
): CorpusRows {
  const rows = new Int8Array(embeddings.length);
  const scales = new Float32Array(items.length);
  encodeVectorsInto(coding, embeddings, rows, scales);
  return { coding, items, scales, rows };
}

/** A coding fitted to these rows. */
export function codingOf(dim: number, embeddings: Float32Array): VectorCoding {
  const fit = fitCoding(dim);
  fit.add(embeddings);
  return fit.finish();
}
