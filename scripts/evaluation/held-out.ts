import { randomNegatives } from '../../src/core/folds.ts';
import { createRandom } from '../../src/core/random.ts';
import { projectEmbedding, scoreProjected } from '../../src/core/scoring.ts';
import type { Modality, UncalibratedModel } from '../../src/core/selection-model.ts';
import type { PairedEmbeddings } from '../dataset/paired-embeddings.ts';

/** Scores of pairs by models that had no part in them: each match with one random mismatch of the same fold. */
export interface HeldOutScores {
  readonly scores: Float64Array;
  /** 1 for a match, 0 for a mismatch. */
  readonly labels: Uint8Array;
  /** The fold and the picture's group of each score. */
  readonly folds: Uint32Array;
  readonly groups: Int32Array;
}

/**
 * Score every pair once as a match, and its picture once with a random caption of another group of its fold.
 * @param folds the pairs each fold holds out
 * @param models one a fold, fitted on the pairs outside it
 * @param seed draws the mismatches
 */
export function scoreHeldOut(
  pairs: PairedEmbeddings,
  folds: readonly Uint32Array[],
  models: readonly UncalibratedModel[],
  seed: number,
): HeldOutScores {
  const random = createRandom(seed);
  const count = 2 * pairs.imageRows.length;
  const heldOut = {
    scores: new Float64Array(count),
    labels: new Uint8Array(count),
    folds: new Uint32Array(count),
    groups: new Int32Array(count),
  };
  let at = 0;
  for (const [fold, held] of folds.entries()) {
    const model = models[fold];
    const project = rememberProjections(model, pairs);
    const partners = randomNegatives(held, pairs.groups, random);
    for (let i = 0; i < held.length; i++) {
      const image = project('image', pairs.imageRows[held[i]]);
      for (const [label, textPair] of [held[i], partners[i]].entries()) {
        heldOut.scores[at] = scoreProjected(model, image, project('text', pairs.textRows[textPair]));
        heldOut.labels[at] = 1 - label;
        heldOut.folds[at] = fold;
        heldOut.groups[at++] = pairs.groups[held[i]];
      }
    }
  }
  return heldOut;
}

/** Projects each row once, however often it is asked for. */
function rememberProjections(
  model: UncalibratedModel,
  { imageEmbeddings, textEmbeddings, dim }: PairedEmbeddings,
): (modality: Modality, row: number) => Float32Array {
  const known = { image: new Map<number, Float32Array>(), text: new Map<number, Float32Array>() };
  return (modality, row) => {
    const embeddings = modality === 'image' ? imageEmbeddings : textEmbeddings;
    const projected =
      known[modality].get(row) ??
      projectEmbedding(model, modality, embeddings.subarray(row * dim, (row + 1) * dim));
    known[modality].set(row, projected);
    return projected;
  };
}
