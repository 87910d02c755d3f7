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
  /** The pair of the set whose image each takes; a marked mismatch counts on after the pairs. */
  readonly sources: Uint32Array;
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
    const addRows = (list: ScoredList, row: Omit<ScoredRow, 'score' | 'fold'>): void => {
      const score = scoreProjected(model, project('image', row.image), project('text', row.text));
      list.add({ ...row, score, fold });
    };
    const add = (list: ScoredList, pair: number, textPair: number): void =>
      addRows(list, rowOf(pairs, pair, textPair));
    for (let i = 0; i < held.length; i++) {
      add(all, held[i], held[i]);
      add(all, held[i], randomPartners[i]);
      labels.push(1, 0);
      marked.push(0, 0);
      add(hard, held[i], hardPartners[i]);
    }
    for (const mismatch of markedByFold[fold]) {
      addRows(all, mismatch);
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

/**
 * The image of each pair once more, now with a random caption of its own kind: another group of the same fold, so that no
 * model had a part in either. A kind of which a fold holds one group only has none there.
 * @param kindOfPair a number a pair of the set
 * @param folds the pairs each fold holds out
 * @param models one a fold, fitted on the pairs outside it
 */
export function scoreWithinKinds(
  pairs: PairSet,
  kindOfPair: Uint8Array,
  folds: readonly Uint32Array[],
  models: readonly UncalibratedModel[],
  seed: number,
): ScoredPairs {
  const random = createRandom(seed);
  const list = new ScoredList();
  for (const [fold, held] of folds.entries()) {
    const model = models[fold];
    const project = rememberProjections(model, pairs);
    for (const kind of new Set(held.map((pair) => kindOfPair[pair]))) {
      const alike = held.filter((pair) => kindOfPair[pair] === kind);
      if (alike.every((pair) => pairs.groups[pair] === pairs.groups[alike[0]])) continue;
      randomNegatives(alike, pairs.groups, random).forEach((partner, i) => {
        const row = rowOf(pairs, alike[i], partner);
        const score = scoreProjected(model, project('image', row.image), project('text', row.text));
        list.add({ ...row, score, fold });
      });
    }
  }
  return list.toPairs();
}

/** The same pairs with the hard mismatch of each match in place of its random one; what a person marked stays. */
export function hardInPlaceOfRandom(heldOut: HeldOutScores): HeldOutScores {
  const { hard, labels, marked } = heldOut;
  const scores = heldOut.scores.slice();
  const [imageRows, textRows, sources] = [heldOut.imageRows, heldOut.textRows, heldOut.sources].map((rows) =>
    rows.slice(),
  );
  let next = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1 || marked[i] === 1) continue;
    scores[i] = hard.scores[next];
    imageRows[i] = hard.imageRows[next];
    textRows[i] = hard.textRows[next];
    sources[i] = hard.sources[next];
    next++;
  }
  return { ...heldOut, scores, imageRows, textRows, sources };
}

/** The image of one pair with the text of another, or its own. */
function rowOf(
  { imageRows, textRows, groups }: PairSet,
  pair: number,
  textPair: number,
): Omit<ScoredRow, 'score' | 'fold'> {
  return { image: imageRows[pair], text: textRows[textPair], group: groups[pair], source: pair };
}

type MarkedMismatch = Omit<ScoredRow, 'score' | 'fold'>;

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
    const source = groups.length + i;
    byFold[fold].push({ image: mismatches.imageRows[i], text: mismatches.textRows[i], group, source });
  });
  return byFold;
}

interface ScoredRow {
  readonly score: number;
  readonly image: number;
  readonly text: number;
  readonly source: number;
  readonly fold: number;
  readonly group: number;
}

class ScoredList {
  readonly #rows: ScoredRow[] = [];

  add(row: ScoredRow): void {
    this.#rows.push(row);
  }

  toPairs(): ScoredPairs {
    const rows = this.#rows;
    return {
      scores: Float64Array.from(rows, ({ score }) => score),
      imageRows: Uint32Array.from(rows, ({ image }) => image),
      textRows: Uint32Array.from(rows, ({ text }) => text),
      sources: Uint32Array.from(rows, ({ source }) => source),
      folds: Uint32Array.from(rows, ({ fold }) => fold),
      groups: Int32Array.from(rows, ({ group }) => group),
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
