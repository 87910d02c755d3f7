import { randomNegatives } from '../pairs/folds.ts';
import { hardNegatives } from '../pairs/hard-negatives.ts';
import { foldOfLoneImage } from '../pairs/mismatches.ts';
import { createRandom } from '../random.ts';
import { projectEmbedding, scoreProjected } from '../scoring/scoring.ts';
import type { Modality, UncalibratedModel } from '../scoring/selection-model.ts';
import type { PairSet } from '../pairs/pair-set.ts';

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

/**
 * Scores of pairs by models that had no part in them: each match with one random mismatch of the same fold, and whatever a
 * person marked as a mismatch.
 */
export interface HeldOutScores extends ScoredPairs {
  /** 1 for a match, 0 for a mismatch. */
  readonly labels: Uint8Array;
  /** 1 for a mismatch that a person marked. */
  readonly marked: Uint8Array;
  /** Each match's image with the nearest other caption of its fold. */
  readonly hard: ScoredPairs;
}

/**
 * Score every pair once as a match, and its picture once with a random caption of another group of its fold; and once more
 * with the caption nearest to its own. Marked mismatches are scored in the fold that holds their image's group out, where
 * they were not trained on; their caption may have been, with its own picture. Those of an image without a match
 * take turns through the folds by their group, and the fold that judges one has not trained on it.
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
  const marked: number[] = [];
  const markedByFold = markedMismatches(pairs, folds);
  for (const [fold, held] of folds.entries()) {
    const model = models[fold];
    const project = rememberProjections(model, pairs);
    const randomPartners = randomNegatives(held, pairs.groups, random);
    const hardPartners = hardNegatives(pairs, held);
    const addRows = (list: ScoredList, image: number, text: number, group: number): void => {
      const score = scoreProjected(model, project('image', image), project('text', text));
      list.add(score, image, text, fold, group);
    };
    const add = (list: ScoredList, pair: number, textPair: number): void =>
      addRows(list, pairs.imageRows[pair], pairs.textRows[textPair], pairs.groups[pair]);
    for (let i = 0; i < held.length; i++) {
      add(all, held[i], held[i]);
      add(all, held[i], randomPartners[i]);
      labels.push(1, 0);
      marked.push(0, 0);
      add(hard, held[i], hardPartners[i]);
    }
    for (const { image, text, group } of markedByFold[fold]) {
      addRows(all, image, text, group);
      labels.push(0);
      marked.push(1);
    }
  }
  return {
    ...all.toPairs(),
    labels: Uint8Array.from(labels),
    marked: Uint8Array.from(marked),
    hard: hard.toPairs(),
  };
}

interface MarkedMismatch {
  readonly image: number;
  readonly text: number;
  readonly group: number;
}

/** The marked mismatches of each fold. */
function markedMismatches(
  { groups, mismatches }: PairSet,
  folds: readonly Uint32Array[],
): readonly (readonly MarkedMismatch[])[] {
  const byFold = folds.map((): MarkedMismatch[] => []);
  if (mismatches === undefined) return byFold;
  const foldOfGroup = new Map(
    folds.flatMap((held, fold) => Array.from(held, (pair): [number, number] => [groups[pair], fold])),
  );
  mismatches.groups.forEach((group, i) => {
    const fold = foldOfGroup.get(group) ?? foldOfLoneImage(group, folds.length);
    byFold[fold].push({ image: mismatches.imageRows[i], text: mismatches.textRows[i], group });
  });
  return byFold;
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
