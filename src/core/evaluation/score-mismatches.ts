import { type PairSet, type UniqueRows, uniqueRows } from '../pairs/pair-set.ts';
import { type Random, createRandom } from '../random.ts';
import { scoreProjected } from '../scoring/scoring.ts';
import type { UncalibratedModel } from '../scoring/selection-model.ts';
import type { MismatchScores } from './decision-evidence.ts';
import { type HeldOutScores, rememberProjections } from './held-out.ts';

/** Enough for a precision of 0.95 at a base rate of 0.001: three in a hundred thousand are told from none. */
const MANY = 2 ** 18;
const MOST = 2 ** 21;

/**
 * How many mismatches a base rate asks for: matches that are ten times rarer take ten times as many to know how often a mismatch is
 * called one. @param baseRate in (0, 1)
 */
export function mismatchesFor(baseRate: number): number {
  return Math.min(MOST, Math.max(MANY, Math.round((MANY * 0.001) / baseRate)));
}

/**
 * Scores of held-out mismatches: each image of a fold with every caption of another group there, or beyond `most` in all with
 * random ones, of which there is one for each image at least. They cost a product each, unlike matches, which someone has to write. Together they weigh as much as the random
 * mismatches of `heldOut`, and so beside marked ones, which follow them, each of weight 1.
 * @param folds the pairs each fold holds out
 * @param models one a fold, fitted on the pairs outside it
 * @param heldOut scores of the same folds, as `scoreHeldOut` gives them
 * @param seed draws where there are more than `most`
 */
export function scoreMismatches(
  pairs: PairSet,
  {
    folds,
    models,
  }: { readonly folds: readonly Uint32Array[]; readonly models: readonly UncalibratedModel[] },
  heldOut: Pick<HeldOutScores, 'scores' | 'labels' | 'marked' | 'folds' | 'groups' | 'textRows'>,
  { most, seed }: { readonly most: number; readonly seed: number },
): MismatchScores {
  const random = createRandom(seed);
  const scores: number[] = [];
  const foldOf: number[] = [];
  const imageGroups: number[] = [];
  const textGroups: number[] = [];
  folds.forEach((held, fold) => {
    const images = uniqueRows(pairs.imageRows, held, pairs.groups);
    const texts = uniqueRows(pairs.textRows, held, pairs.groups);
    const project = rememberProjections(models[fold], pairs);
    const projectedTexts = Array.from(texts.rows, (row) => project('text', row));
    images.rows.forEach((row, image) => {
      const projected = project('image', row);
      const wanted = Math.max(1, Math.floor(most / (folds.length * images.rows.length)));
      for (const text of partners(image, images, texts, wanted, random)) {
        scores.push(scoreProjected(models[fold], projected, projectedTexts[text]));
        foldOf.push(fold);
        imageGroups.push(images.groups[image]);
        textGroups.push(texts.groups[text]);
      }
    });
  });
  const drawn = scores.length;
  const drawnBefore = heldOut.labels.reduce(
    (sum, label, i) => sum + Number(label === 0 && heldOut.marked[i] === 0),
    0,
  );
  heldOut.marked.forEach((isMarked, i) => {
    if (isMarked === 0) return;
    scores.push(heldOut.scores[i]);
    foldOf.push(heldOut.folds[i]);
    imageGroups.push(heldOut.groups[i]);
    // Of another list than the groups: a marked caption joins nothing.
    textGroups.push(-1 - heldOut.textRows[i]);
  });
  return {
    scores: Float64Array.from(scores),
    folds: Uint32Array.from(foldOf),
    imageGroups: Int32Array.from(imageGroups),
    textGroups: Int32Array.from(textGroups),
    weights: Float64Array.from(scores, (_, i) => (i < drawn ? drawnBefore / drawn : 1)),
  };
}

/** Numbers of the texts that an image is put beside: all of other groups, or `wanted` random ones, each once. */
function partners(
  image: number,
  images: UniqueRows,
  texts: UniqueRows,
  wanted: number,
  random: Random,
): readonly number[] {
  const count = texts.rows.length;
  const isOther = (text: number): boolean => texts.groups[text] !== images.groups[image];
  if (wanted >= count) return [...texts.rows.keys()].filter(isOther);
  const chosen = new Set<number>();
  while (chosen.size < wanted) chosen.add(random.nextInt(count));
  return [...chosen].filter(isOther);
}
