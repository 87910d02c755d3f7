import { randomNegatives } from '../folds.ts';
import { pairFeatures } from '../pair-features.ts';
import type { PairSet } from '../pair-set.ts';
import { uniqueRows } from '../pair-set.ts';
import { createRandom } from '../random.ts';
import type { Projection, UncalibratedModel } from '../selection-model.ts';
import { columnMeans, gatherRows } from '../vector.ts';
import { chooseL2, fitWeightedFusion } from '../weighted-fusion.ts';

/** What a selection is fitted on: the pair features of some pairs and as many mismatches drawn among them. */
export interface Training {
  readonly dim: number;
  /** Means over the unique images and captions; null when not centred. */
  readonly imageMean: Float32Array | null;
  readonly textMean: Float32Array | null;
  /** Row-major, shape [count, dim]: matches first, then one random mismatch for each. */
  readonly features: Float32Array;
  /** 1 for a match, 0 for a mismatch. */
  readonly labels: Uint8Array;
  /** The group of each row's image. */
  readonly groups: Int32Array;
  readonly count: number;
}

export interface TrainingOptions {
  readonly centred: boolean;
  /** Draws the mismatches. */
  readonly seed: number;
}

/**
 * Means and labelled pair features of the given pairs; nothing of any other pair goes in.
 * @param rows numbers of pairs of the set
 * @throws RangeError when the pairs are of one group
 */
export function prepareTraining(
  set: PairSet,
  rows: Uint32Array,
  { centred, seed }: TrainingOptions,
): Training {
  const { dim, imageEmbeddings, textEmbeddings, imageRows, textRows, groups } = set;
  const mean = (embeddings: Float32Array, rowOfPair: Uint32Array) =>
    centred ? columnMeans(gatherRows(embeddings, dim, uniqueRows(rowOfPair, rows, groups).rows), dim) : null;
  const imageMean = mean(imageEmbeddings, imageRows);
  const textMean = mean(textEmbeddings, textRows);
  const negatives = randomNegatives(rows, groups, createRandom(seed));
  const images = Uint32Array.from([...rows, ...rows], (pair) => imageRows[pair]);
  const texts = Uint32Array.from([...rows, ...negatives], (pair) => textRows[pair]);
  return {
    dim,
    imageMean,
    textMean,
    features: pairFeatures(imageEmbeddings, textEmbeddings, images, texts, dim, imageMean, textMean),
    labels: new Uint8Array(images.length).fill(1, 0, rows.length),
    groups: Int32Array.from([...rows, ...rows], (pair) => groups[pair]),
    count: images.length,
  };
}

/**
 * The model that keeps the given coordinates, under the fusion asked for; a weighted one is fitted here, its penalty
 * chosen by inner folds.
 * @param indices ascending, or null to keep all
 */
export function buildModel(
  training: Training,
  indices: Uint32Array | null,
  fusion: 'identity' | 'weighted',
  seed: number,
): UncalibratedModel {
  const { dim, imageMean, textMean, labels, groups, count } = training;
  const projection: Projection = indices === null ? { kind: 'full' } : { kind: 'mask', indices };
  const k = indices?.length ?? dim;
  const model = { dim, k, imageMean, textMean, projection };
  if (fusion === 'identity') return { ...model, fusion: { kind: 'identity' } };
  const kept = indices === null ? training.features : keepColumns(training.features, dim, indices);
  const l2 = chooseL2(kept, labels, groups, { count, k, seed });
  return { ...model, fusion: fitWeightedFusion(kept, labels, { count, k, l2 }) };
}

/** The named columns of a row-major [count, dim] matrix, as [count, indices.length]. */
function keepColumns(rows: Float32Array, dim: number, indices: Uint32Array): Float32Array {
  const count = rows.length / dim;
  const kept = new Float32Array(count * indices.length);
  for (let row = 0, at = 0; row < count; row++) {
    for (let j = 0; j < indices.length; j++, at++) kept[at] = rows[row * dim + indices[j]];
  }
  return kept;
}
