import { groupedFolds, remainingRows } from '../pairs/folds.ts';
import { type PairSet, uniqueRows } from '../pairs/pair-set.ts';
import { centrePrior, hottestFirst } from '../regions/faithfulness.ts';
import { patchGradCam, patchShares } from '../regions/patch-shares.ts';
import { columnMeans, dot, gatherRows, normalizeRows } from '../vector.ts';

/** Which patches of a picture stand for it: the hottest of a map, or, for comparison, those nearest to the middle. */
export type RegionMap = 'shares' | 'grad-cam' | 'centre';

export interface RegionChoice {
  readonly map: RegionMap;
  /** Of the patches, in (0, 1]. */
  readonly share: number;
}

/** A picture's patches in the space of the texts. */
export interface PatchGrid {
  readonly rows: number;
  readonly columns: number;
  /** One matrix a picture, row-major [rows·columns, dim], not normalised; their mean has the direction of the picture's embedding. */
  readonly pictures: readonly Float32Array[];
}

/**
 * The set as one fold sees it when a picture's embedding is pooled from regions: the mean of the patches that a map picks, brought to
 * unit length. What the picture is explained by is the training caption nearest to it (means taken off), never one of its own group: a
 * picture of the held-out fold and one of the others are treated alike, and no held-out caption is looked at.
 * @param fold which one of `groupedFolds(set.groups, folds, seed)` is held out
 * @returns the same pairs with other image embeddings
 * @throws RangeError unless there is a patch matrix for each image row
 * O(images·texts·dim).
 */
export function regionImages(
  set: PairSet,
  patches: PatchGrid,
  { map, share }: RegionChoice,
  { folds, seed, fold }: { readonly folds: number; readonly seed: number; readonly fold: number },
): PairSet {
  const { dim } = set;
  const count = set.imageEmbeddings.length / dim;
  if (patches.pictures.length !== count) {
    throw new RangeError(`expected patches of ${count} pictures, got ${patches.pictures.length}`);
  }
  const training = remainingRows(set.groups.length, groupedFolds(set.groups, folds, seed)[fold]);
  const texts = uniqueRows(set.textRows, training, set.groups);
  const directions = gatherRows(set.textEmbeddings, dim, texts.rows);
  const mean = columnMeans(directions, dim);
  for (let at = 0; at < directions.length; at++) directions[at] -= mean[at % dim];
  const groupOfImage = new Map(Array.from(set.imageRows, (row, pair) => [row, set.groups[pair]]));
  const kept = Math.max(1, Math.round(share * patches.rows * patches.columns));
  const middle = centrePrior(patches.rows, patches.columns);
  const imageEmbeddings = new Float32Array(set.imageEmbeddings.length);
  patches.pictures.forEach((picture, image) => {
    const direction = nearestOther(set, image, groupOfImage.get(image), directions, texts.groups);
    const heat =
      map === 'centre' ? middle : (map === 'shares' ? patchShares : patchGradCam)(picture, direction);
    const pooled = imageEmbeddings.subarray(image * dim, (image + 1) * dim);
    for (const patch of hottestFirst(heat).subarray(0, kept)) {
      for (let i = 0; i < dim; i++) pooled[i] += picture[patch * dim + i];
    }
  });
  normalizeRows(imageEmbeddings, dim);
  return { ...set, imageEmbeddings };
}

/** The direction of highest score for an image, of another group than its own; ties go to the first. */
function nearestOther(
  { dim, imageEmbeddings }: PairSet,
  image: number,
  group: number | undefined,
  directions: Float32Array,
  groups: Int32Array,
): Float32Array {
  let best = -1;
  let most = -Infinity;
  for (let text = 0; text < groups.length; text++) {
    if (groups[text] === group) continue;
    const score = dot(imageEmbeddings, image * dim, directions, text * dim, dim);
    if (score > most) {
      most = score;
      best = text;
    }
  }
  if (best < 0) throw new RangeError('expected training captions of another group, got none');
  return directions.subarray(best * dim, (best + 1) * dim);
}
