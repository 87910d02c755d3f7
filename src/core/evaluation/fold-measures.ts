import { hardNegatives } from '../pairs/hard-negatives.ts';
import { randomNegatives } from '../pairs/folds.ts';
import { auc } from './metrics.ts';
import type { PairSet, UniqueRows } from '../pairs/pair-set.ts';
import { rowPositions, uniqueRows } from '../pairs/pair-set.ts';
import { createRandom } from '../random.ts';
import type { Recall } from '../pairs/recall.ts';
import { recallAtK } from '../pairs/recall.ts';
import { projectRows } from '../scoring/project-rows.ts';
import type { UncalibratedModel } from '../scoring/selection-model.ts';
import { dot } from '../vector.ts';
import type { RowEncoding } from './vector-encoding.ts';
import { encodeRows } from './vector-encoding.ts';

const RECALL_KS = [1, 5, 10] as const;

/** One held-out fold and the mismatches every strategy meets in it. */
export interface HeldOutFold {
  readonly set: PairSet;
  /** Numbers of the pairs held out. */
  readonly pairs: Uint32Array;
  /** For each of them, the pair whose caption is its random mismatch, and the one whose caption is nearest to its own. */
  readonly randomPartners: Uint32Array;
  readonly hardPartners: Uint32Array;
  readonly images: UniqueRows;
  readonly texts: UniqueRows;
}

export interface FoldMeasures {
  readonly auc: number;
  readonly aucHard: number;
  readonly recall: Recall;
  /** Of float32 queries against stored vectors, both ways; null where nobody asked. */
  readonly recallFloatQuery: Recall | null;
  /** Scores of the matches, then of their random mismatches, in the order of the fold's pairs. */
  readonly scores: Float64Array;
  readonly labels: Uint8Array;
}

/** @throws RangeError when the pairs are of one group */
export function prepareHeldOut(set: PairSet, pairs: Uint32Array, seed: number): HeldOutFold {
  const texts = uniqueRows(set.textRows, pairs, set.groups);
  return {
    set,
    pairs,
    randomPartners: randomNegatives(pairs, set.groups, createRandom(seed)),
    hardPartners: hardNegatives(set, pairs),
    images: uniqueRows(set.imageRows, pairs, set.groups),
    texts,
  };
}

/**
 * Score one fold under a model that was fitted without it, with the vectors of both sides stored in the given encoding.
 * @param floatQuery measure recall of queries that were not stored as well; for identity fusion only
 */
export function measureFold(
  fold: HeldOutFold,
  model: UncalibratedModel,
  encoding: RowEncoding,
  floatQuery = false,
): FoldMeasures {
  const { set, pairs, images, texts } = fold;
  const k = model.k;
  const imageQueries = projectRows(model, 'image', set.imageEmbeddings, images.rows);
  const textQueries = projectRows(model, 'text', set.textEmbeddings, texts.rows);
  const imageVectors = storedRows(imageQueries, k, encoding);
  const textVectors = storedRows(textQueries, k, encoding);
  // Weighted fusion is an inner product too, once the weights are in one side; the bias shifts all scores alike.
  let bias = 0;
  if (model.fusion.kind === 'weighted') {
    bias = model.fusion.bias;
    for (let i = 0; i < imageVectors.length; i++) imageVectors[i] *= model.fusion.weights[i % k];
  }
  const imageAt = rowPositions(images);
  const textAt = rowPositions(texts);
  const scoreWith = (partners: Uint32Array) =>
    Float64Array.from(pairs, (pair, i) => {
      const image = imageAt(set.imageRows[pair]);
      const text = textAt(set.textRows[partners[i]]);
      return dot(imageVectors, image * k, textVectors, text * k, k) + bias;
    });
  const matches = scoreWith(pairs);
  const scores = concat(matches, scoreWith(fold.randomPartners));
  const labels = new Uint8Array(scores.length).fill(1, 0, matches.length);
  const recallOf = (imageRows: Float32Array, textRows: Float32Array): Recall =>
    recallAtK(
      {
        images: imageRows,
        texts: textRows,
        dim: k,
        imageGroups: images.groups,
        textGroups: texts.groups,
      },
      RECALL_KS,
    );
  return {
    auc: auc(scores, labels),
    aucHard: auc(concat(matches, scoreWith(fold.hardPartners)), labels),
    recall: recallOf(imageVectors, textVectors),
    recallFloatQuery: floatQuery
      ? {
          imageToText: recallOf(imageQueries, textVectors).imageToText,
          textToImage: recallOf(imageVectors, textQueries).textToImage,
        }
      : null,
    scores,
    labels,
  };
}

function storedRows(projected: Float32Array, k: number, encoding: RowEncoding): Float32Array {
  const stored = projected.slice();
  encodeRows(stored, k, encoding);
  return stored;
}

function concat(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
