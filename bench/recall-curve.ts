import { encodeRows, encodedBytes } from '../src/core/evaluation/vector-encoding.ts';
import { projectRows } from '../src/core/scoring/project-rows.ts';
import type { UncalibratedModel } from '../src/core/scoring/selection-model.ts';
import {
  type CodeBits,
  codeRowBytes,
  fitCodes,
  packCodeRows,
  unpackCodeRows,
} from '../src/core/search/code-rows.ts';
import type { QuerySet, SearchCorpus } from './search-corpus.ts';
import { bestAmong, bestRows, scoreRows, shareFound } from './shortlist.ts';

/** Recall is of the exact ten best. */
export const DEPTH = 10;
/** How many of the best by the compact vectors are scored again by the full ones; 0: none. */
export const SHORTLISTS = [
  0, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000,
] as const;

/** What exact search answers, and what the full int8 vectors say of every picture. */
export interface Truth {
  readonly queries: QuerySet;
  /** The ten best pictures of each query, by float32 and all coordinates. */
  readonly best: readonly Uint32Array[];
  /** Cosine of each query, unrounded, with every picture rounded to int8: what a re-rank goes by. */
  readonly fullScores: readonly Float32Array[];
}

/** One point: what `bytes` a vector and `reranked` candidates reach. */
export interface RecallPoint {
  readonly queries: QuerySet['modality'];
  readonly strategy: string;
  readonly k: number;
  readonly bytes: number;
  readonly reranked: number;
  /** Of each query. */
  readonly recalls: Float64Array;
  /** Of each query: 1 where a picture of its group is among the ten, else 0. */
  readonly hits: Float64Array;
}

export function findTruth({ images, stored, dim, count }: SearchCorpus, queries: QuerySet): Truth {
  const scores = new Float32Array(count);
  const best: Uint32Array[] = [];
  const fullScores: Float32Array[] = [];
  for (let query = 0; query < queries.count; query++) {
    scoreRows(images, dim, queries.rows, query, scores);
    best.push(bestRows(scores, DEPTH, queries.self[query]));
    const full = new Float32Array(count);
    scoreRows(stored, dim, queries.rows, query, full);
    fullScores.push(full);
  }
  return { queries, best, fullScores };
}

/** Pictures as a selection stores them, projected and rounded to int8; queries projected, not rounded: the scan has int16. */
export interface CompactRows {
  readonly k: number;
  readonly images: Float32Array;
  readonly queries: Float32Array;
}

/** @param images of the same model, from `compactImages` */
export function compactRows(queries: QuerySet, model: UncalibratedModel, images: Float32Array): CompactRows {
  const asked = projectRows(model, queries.modality, queries.rows, allRows(queries.count));
  return { k: model.k, images, queries: asked };
}

/** All pictures as they are stored, projected and rounded once more. */
export function compactImages(model: UncalibratedModel, { stored, count }: SearchCorpus): Float32Array {
  const projected = projectRows(model, 'image', stored, allRows(count));
  encodeRows(projected, model.k, { kind: 'int8' });
  return projected;
}

/** As `compactImages`, rounded to codes with steps fitted to all pictures, as `index` does; nothing is stored beside a row. */
export function codedImages(
  model: UncalibratedModel,
  { stored, count }: SearchCorpus,
  bits: CodeBits,
): Float32Array {
  const projected = projectRows(model, 'image', stored, allRows(count));
  const codes = fitCodes(bits, [projected], model.k);
  const packed = new Uint8Array(count * codeRowBytes(bits, model.k));
  packCodeRows(projected, codes, packed);
  unpackCodeRows(packed, codes, projected);
  return projected;
}

function allRows(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row);
}

/** The candidates of every query, best first, by the compact vectors. */
export function shortlists(
  { k, images, queries }: CompactRows,
  { count, self }: QuerySet,
  most: number,
): Uint32Array[] {
  const scores = new Float32Array(images.length / k);
  return Array.from({ length: count }, (_, query) => {
    scoreRows(images, k, queries, query, scores);
    return bestRows(scores, most, self[query]);
  });
}

/**
 * Recall of the int8 code's own ten against those of the same score in float32: what rounding alone costs a search that ranks
 * by the selection's score.
 */
export function roundingRecalls(
  corpus: SearchCorpus,
  queries: QuerySet,
  model: UncalibratedModel,
): Float64Array {
  const exactImages = projectRows(model, 'image', corpus.images, allRows(corpus.count));
  const compact = compactRows(queries, model, compactImages(model, corpus));
  const exact = shortlists({ ...compact, images: exactImages }, queries, DEPTH);
  const found = shortlists(compact, queries, DEPTH);
  return Float64Array.from(found, (rows, query) => shareFound(rows, exact[query]));
}

/** Recall of these candidates for every number of them that is scored again. */
export function recallCurve(
  strategy: string,
  k: number,
  candidates: readonly Uint32Array[],
  { queries, best, fullScores }: Truth,
  groups: Int32Array,
): RecallPoint[] {
  return SHORTLISTS.map((reranked) => {
    const found = candidates.map((rows, query) =>
      reranked === 0
        ? rows.subarray(0, DEPTH)
        : bestAmong(fullScores[query], rows.subarray(0, reranked), DEPTH),
    );
    return {
      queries: queries.modality,
      strategy,
      k,
      bytes: encodedBytes('int8', k),
      reranked,
      recalls: Float64Array.from(found, (rows, query) => shareFound(rows, best[query])),
      hits: Float64Array.from(found, (rows, query) =>
        rows.some((row) => groups[row] === queries.groups[query]) ? 1 : 0,
      ),
    };
  });
}

export function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function deviationOf(values: Float64Array): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
