import { hardNegatives } from '../pairs/hard-negatives.ts';
import { randomNegatives } from '../pairs/folds.ts';
import { auc } from './metrics.ts';
import type { PairSet, UniqueRows } from '../pairs/pair-set.ts';
import { rowPositions, uniqueRows } from '../pairs/pair-set.ts';
import { createRandom } from '../random.ts';
import type { Recall } from './recall.ts';
import { recallAtK } from './recall.ts';
import { projectRows } from '../scoring/project-rows.ts';
import type { Modality, UncalibratedModel } from '../scoring/selection-model.ts';
import { dot } from '../vector.ts';
import type { VectorEncoding } from './vector-encoding.ts';
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

/** Score one fold under a model that was fitted without it, with vectors stored in the given encoding. */
export function measureFold(
  fold: HeldOutFold,
  model: UncalibratedModel,
  encoding: VectorEncoding,
): FoldMeasures {
  const { set, pairs, images, texts } = fold;
  const k = model.k;
  const imageVectors = storedRows(fold, model, 'image', images, encoding);
  const textVectors = storedRows(fold, model, 'text', texts, encoding);
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
  return {
    auc: auc(scores, labels),
    aucHard: auc(concat(matches, scoreWith(fold.hardPartners)), labels),
    recall: recallAtK(
      {
        images: imageVectors,
        texts: textVectors,
        dim: k,
        imageGroups: images.groups,
        textGroups: texts.groups,
      },
      RECALL_KS,
    ),
    scores,
    labels,
  };
}

function storedRows(
  { set }: HeldOutFold,
  model: UncalibratedModel,
  modality: Modality,
  { rows }: UniqueRows,
  encoding: VectorEncoding,
): Float32Array {
  const embeddings = modality === 'image' ? set.imageEmbeddings : set.textEmbeddings;
  const projected = projectRows(model, modality, embeddings, rows);
  encodeRows(projected, model.k, encoding);
  return projected;
}

function concat(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
