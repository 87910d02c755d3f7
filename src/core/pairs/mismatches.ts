import { randomNegatives } from './folds.ts';
import { hardNegatives } from './hard-negatives.ts';
import type { PairSet } from './pair-set.ts';
import { createRandom } from '../random.ts';

/** How mismatches are drawn to train on. */
export interface MismatchOptions {
  /** Mismatches for each match: a whole number of at least 1. */
  readonly ratio: number;
  /** Share of them that takes the nearest captions of other groups in place of random ones, in [0, 1]. */
  readonly hardShare: number;
}

export const DEFAULT_MISMATCHES: MismatchOptions = { ratio: 1, hardShare: 0 };

/** Image and text row of each. */
export interface Mismatches {
  readonly imageRows: Uint32Array;
  readonly textRows: Uint32Array;
  /** The group of each one's image. */
  readonly groups: Int32Array;
}

/**
 * Mismatches among the given pairs: for each pair its image with random captions of other groups, then with the nearest
 * ones (`ratio`·`hardShare`, rounded), then those a person marked on images of these pairs or of no pair at all.
 * @throws RangeError for a ratio below 1, a share outside [0, 1], or pairs of one group
 */
export function drawMismatches(
  set: PairSet,
  pairs: Uint32Array,
  { ratio, hardShare }: MismatchOptions,
  seed: number,
): Mismatches {
  if (!Number.isInteger(ratio) || ratio < 1) {
    throw new RangeError(`expected a whole number of mismatches for each match, at least 1, got ${ratio}`);
  }
  if (!(hardShare >= 0 && hardShare <= 1))
    throw new RangeError(`expected a share in [0, 1], got ${hardShare}`);
  const hardCount = Math.round(ratio * hardShare);
  const random = createRandom(seed);
  const images: number[] = [];
  const texts: number[] = [];
  for (let round = hardCount; round < ratio; round++) {
    const partners = randomNegatives(pairs, set.groups, random);
    pairs.forEach((pair, i) => add(pair, partners[i]));
  }
  if (hardCount > 0) {
    const nearest = hardNegatives(set, pairs, hardCount);
    pairs.forEach((pair, i) => {
      for (let j = 0; j < hardCount; j++) add(pair, nearest[i * hardCount + j]);
    });
  }
  const marked = markedAmong(set, pairs);
  return {
    imageRows: Uint32Array.from([...images.map((pair) => set.imageRows[pair]), ...marked.imageRows]),
    textRows: Uint32Array.from([...texts.map((pair) => set.textRows[pair]), ...marked.textRows]),
    groups: Int32Array.from([...images.map((pair) => set.groups[pair]), ...marked.groups]),
  };

  function add(imagePair: number, textPair: number): void {
    images.push(imagePair);
    texts.push(textPair);
  }
}

/**
 * The marked mismatches on images of these pairs, and on images of no pair at all (which nothing is held out of), but for
 * those whose caption belongs to a pair that is not among them.
 */
function markedAmong({ mismatches, groups, textRows }: PairSet, pairs: Uint32Array): Mismatches {
  if (mismatches === undefined) {
    return { imageRows: new Uint32Array(), textRows: new Uint32Array(), groups: new Int32Array() };
  }
  const present = new Set(Array.from(pairs, (pair) => groups[pair]));
  const groupsElsewhere = new Set(groups.filter((group) => !present.has(group)));
  const textsElsewhere = new Set(textRows.filter((_, pair) => groupsElsewhere.has(groups[pair])));
  const isHere = (_: number, i: number): boolean =>
    !groupsElsewhere.has(mismatches.groups[i]) && !textsElsewhere.has(mismatches.textRows[i]);
  return {
    imageRows: mismatches.imageRows.filter(isHere),
    textRows: mismatches.textRows.filter(isHere),
    groups: mismatches.groups.filter(isHere),
  };
}
