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

const MOST_ATTEMPTS = 10;

/** Image and text row of each. */
export interface Mismatches {
  readonly imageRows: Uint32Array;
  readonly textRows: Uint32Array;
  /** The group of each one's image. */
  readonly groups: Int32Array;
}

/**
 * Mismatches among the given pairs, none twice: for each pair its image with the nearest captions of other groups
 * (`ratio`·`hardShare`, rounded), then with random ones, then those a person marked on images of these pairs or of no pair at all.
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
  const list = new MismatchList(set);
  const nearest = hardCount === 0 ? pairs : hardNegatives(set, pairs, hardCount);
  const random = createRandom(seed);
  for (let round = 0; round < ratio; round++) {
    const isHard = round < hardCount;
    let missing = isHard ? pairs.filter((pair, i) => !list.add(pair, nearest[i * hardCount + round])) : pairs;
    // What is there already is drawn anew a few times: repeats would look like signal to neighbours.
    for (let attempt = 0; attempt < MOST_ATTEMPTS && missing.length > 0; attempt++) {
      const partners = randomNegatives(missing, set.groups, random, pairs);
      missing = missing.filter((pair, i) => !list.add(pair, partners[i]));
    }
  }
  const marked = markedAmong(set, pairs);
  return {
    imageRows: Uint32Array.from([...list.imageRows, ...marked.imageRows]),
    textRows: Uint32Array.from([...list.textRows, ...marked.textRows]),
    groups: Int32Array.from([...list.groups, ...marked.groups]),
  };
}

/** Mismatches, each once. */
class MismatchList {
  readonly imageRows: number[] = [];
  readonly textRows: number[] = [];
  readonly groups: number[] = [];
  readonly #set: PairSet;
  readonly #seen = new Set<string>();

  constructor(set: PairSet) {
    this.#set = set;
  }

  /** The image of one pair with the text of another. @returns false when it is there already */
  add(imagePair: number, textPair: number): boolean {
    const image = this.#set.imageRows[imagePair];
    const text = this.#set.textRows[textPair];
    const name = `${image} ${text}`;
    if (this.#seen.has(name)) return false;
    this.#seen.add(name);
    this.imageRows.push(image);
    this.textRows.push(text);
    this.groups.push(this.#set.groups[imagePair]);
    return true;
  }
}

/** The fold of a marked mismatch whose image no pair has: they take turns by their group. */
export function foldOfLoneImage(group: number, folds: number): number {
  return group % folds;
}

/** The set as a fold may train on it: without the marked mismatches of lone images that the fold judges. */
export function withoutLoneImages(set: PairSet, fold: number, folds: number): PairSet {
  const { groups, mismatches } = set;
  if (mismatches === undefined) return set;
  const paired = new Set(groups);
  const isKept = (_: number, i: number): boolean => {
    const group = mismatches.groups[i];
    return paired.has(group) || foldOfLoneImage(group, folds) !== fold;
  };
  return {
    ...set,
    mismatches: {
      imageRows: mismatches.imageRows.filter(isKept),
      textRows: mismatches.textRows.filter(isKept),
      groups: mismatches.groups.filter(isKept),
    },
  };
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
