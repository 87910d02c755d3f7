import { drawMismatches } from '../pairs/mismatches.ts';
import type { MismatchOptions } from '../pairs/mismatches.ts';
import { DEFAULT_MISMATCHES } from '../pairs/mismatches.ts';
import { pairFeatures } from '../pairs/pair-features.ts';
import type { PairSet, UniqueRows } from '../pairs/pair-set.ts';
import { uniqueRows } from '../pairs/pair-set.ts';
import { columnMeans, gatherRows } from '../vector.ts';

/** What a selection is fitted on: some pairs, mismatches drawn among them, and the pair features of both. */
export interface Training {
  readonly set: PairSet;
  /** Numbers of the pairs of the set: the matches. */
  readonly pairs: Uint32Array;
  /** Each image and caption of these pairs once. */
  readonly images: UniqueRows;
  readonly texts: UniqueRows;
  readonly dim: number;
  /** Means over the unique images and captions; null when not centred. */
  readonly imageMean: Float32Array | null;
  readonly textMean: Float32Array | null;
  /** Image and text row of each example: matches first, then mismatches. */
  readonly imageRows: Uint32Array;
  readonly textRows: Uint32Array;
  /** Row-major, shape [count, dim]. */
  readonly features: Float32Array;
  /** 1 for a match, 0 for a mismatch. */
  readonly labels: Uint8Array;
  /** The group of each example's image. */
  readonly groups: Int32Array;
  readonly count: number;
}

export interface TrainingOptions {
  readonly centred: boolean;
  /** Draws the mismatches. */
  readonly seed: number;
  /** One random mismatch for each match by default. */
  readonly mismatches?: MismatchOptions;
  /** Of more pairs than these, in place of their own: length dim each. */
  readonly means?: { readonly image: Float32Array; readonly text: Float32Array };
}

/**
 * Means and labelled pair features of the given pairs; nothing of any other pair goes in.
 * @param pairs numbers of pairs of the set
 * @throws RangeError when the pairs are of one group, and as `drawMismatches`
 */
export function prepareTraining(
  set: PairSet,
  pairs: Uint32Array,
  { centred, seed, mismatches = DEFAULT_MISMATCHES, means }: TrainingOptions,
): Training {
  const { dim, imageEmbeddings, textEmbeddings, groups } = set;
  const images = uniqueRows(set.imageRows, pairs, groups);
  const texts = uniqueRows(set.textRows, pairs, groups);
  const meanOf = (embeddings: Float32Array, { rows }: UniqueRows): Float32Array =>
    columnMeans(gatherRows(embeddings, dim, rows), dim);
  const imageMean = centred ? (means?.image ?? meanOf(imageEmbeddings, images)) : null;
  const textMean = centred ? (means?.text ?? meanOf(textEmbeddings, texts)) : null;
  const drawn = drawMismatches(set, pairs, mismatches, seed);
  const imageRows = Uint32Array.from([...pairs.map((pair) => set.imageRows[pair]), ...drawn.imageRows]);
  const textRows = Uint32Array.from([...pairs.map((pair) => set.textRows[pair]), ...drawn.textRows]);
  return {
    set,
    pairs,
    images,
    texts,
    dim,
    imageMean,
    textMean,
    imageRows,
    textRows,
    features: pairFeatures(imageEmbeddings, textEmbeddings, imageRows, textRows, dim, imageMean, textMean),
    labels: new Uint8Array(imageRows.length).fill(1, 0, pairs.length),
    groups: Int32Array.from([...Array.from(pairs, (pair) => groups[pair]), ...drawn.groups]),
    count: imageRows.length,
  };
}

/** Copies of the named rows less the mean. @returns row-major, shape [rows.length, dim] */
export function centredRows(
  embeddings: Float32Array,
  dim: number,
  rows: ArrayLike<number>,
  mean: Float32Array | null,
): Float32Array {
  const gathered = gatherRows(embeddings, dim, rows);
  if (mean === null) return gathered;
  for (let i = 0; i < gathered.length; i += dim) {
    for (let j = 0; j < dim; j++) gathered[i + j] -= mean[j];
  }
  return gathered;
}
