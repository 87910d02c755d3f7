import { randomNegatives } from '../../src/core/pairs/folds.ts';
import { hardNegatives } from '../../src/core/pairs/hard-negatives.ts';
import { createRandom } from '../../src/core/random.ts';
import { projectEmbedding, scoreProjected } from '../../src/core/scoring.ts';
import type { Modality, UncalibratedModel } from '../../src/core/selection-model.ts';
import type { PairSet } from '../../src/core/pairs/pair-set.ts';

/** Pairs with what a model that had no part in them made of each. */
export interface ScoredPairs {
  readonly scores: Float64Array;
  /** Of each pair, into the embeddings of the set. */
  readonly imageRows: Uint32Array;
  readonly textRows: Uint32Array;
  /** The fold of each, and its image's group. */
  readonly folds: Uint32Array;
  readonly groups: Int32Array;
}

/** Scores of pairs by models that had no part in them: each match with one random mismatch of the same fold. */
export interface HeldOutScores extends ScoredPairs {
  /** 1 for a match, 0 for a mismatch. */
  readonly labels: Uint8Array;
  /** Each match's image with the nearest other caption of its fold. */
  readonly hard: ScoredPairs;
}

/**
 * Score every pair once as a match, and its picture once with a random caption of another group of its fold; and once more
 * with the caption nearest to its own.
 * @param folds the pairs each fold holds out
 * @param models one a fold, fitted on the pairs outside it
 * @param seed draws the mismatches
 */
export function scoreHeldOut(
  pairs: PairSet,
  folds: readonly Uint32Array[],
  models: readonly UncalibratedModel[],
  seed: number,
): HeldOutScores {
  const random = createRandom(seed);
  const all = new ScoredList();
  const hard = new ScoredList();
  const labels: number[] = [];
  for (const [fold, held] of folds.entries()) {
    const model = models[fold];
    const project = rememberProjections(model, pairs);
    const randomPartners = randomNegatives(held, pairs.groups, random);
    const hardPartners = hardNegatives(pairs, held);
    const add = (list: ScoredList, pair: number, textPair: number): void => {
      const image = pairs.imageRows[pair];
      const text = pairs.textRows[textPair];
      const score = scoreProjected(model, project('image', image), project('text', text));
      list.add(score, image, text, fold, pairs.groups[pair]);
    };
    for (let i = 0; i < held.length; i++) {
      add(all, held[i], held[i]);
      add(all, held[i], randomPartners[i]);
      labels.push(1, 0);
      add(hard, held[i], hardPartners[i]);
    }
  }
  return { ...all.toPairs(), labels: Uint8Array.from(labels), hard: hard.toPairs() };
}

class ScoredList {
  readonly #scores: number[] = [];
  readonly #imageRows: number[] = [];
  readonly #textRows: number[] = [];
  readonly #folds: number[] = [];
  readonly #groups: number[] = [];

  add(score: number, imageRow: number, textRow: number, fold: number, group: number): void {
    this.#scores.push(score);
    this.#imageRows.push(imageRow);
    this.#textRows.push(textRow);
    this.#folds.push(fold);
    this.#groups.push(group);
  }

  toPairs(): ScoredPairs {
    return {
      scores: Float64Array.from(this.#scores),
      imageRows: Uint32Array.from(this.#imageRows),
      textRows: Uint32Array.from(this.#textRows),
      folds: Uint32Array.from(this.#folds),
      groups: Int32Array.from(this.#groups),
    };
  }
}

/** Projects each row once, however often it is asked for. */
export function rememberProjections(
  model: UncalibratedModel,
  { imageEmbeddings, textEmbeddings, dim }: PairSet,
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
