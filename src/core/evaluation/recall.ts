import type { Floats } from '../vector.ts';
import { dot, rowCount } from '../vector.ts';

/** Shares in [0, 1], one for each K asked for, in that order. */
export interface Recall {
  readonly imageToText: readonly number[];
  readonly textToImage: readonly number[];
}

export interface RetrievalSet {
  /** Row-major, shape [images, dim]; the score of a pair is the inner product of its rows. */
  readonly images: Floats;
  /** Row-major, shape [texts, dim]. */
  readonly texts: Floats;
  readonly dim: number;
  /** An image and a text of one group belong together. */
  readonly imageGroups: ArrayLike<number>;
  readonly textGroups: ArrayLike<number>;
}

/**
 * Recall at K both ways: the share of images with a text of their group among the K best of all texts, and the share of
 * texts with an image of their group among the K best of all images. Equal scores are ranked in random order and the
 * expectation over that order is given, so that constant vectors score chance. A query without a partner is left out.
 * @throws RangeError for wrong lengths, a K below 1, or when nothing has a partner
 * O(images·texts·dim) each way, O(images + texts) memory.
 */
export function recallAtK(set: RetrievalSet, ks: readonly number[]): Recall {
  const { images, texts, dim, imageGroups, textGroups } = set;
  assertGroups(rowCount(images, dim), imageGroups, 'image');
  assertGroups(rowCount(texts, dim), textGroups, 'text');
  if (ks.some((k) => !Number.isInteger(k) || k < 1))
    throw new RangeError(`expected K of at least 1, got ${ks.join(', ')}`);
  return {
    imageToText: recallOneWay(images, imageGroups, texts, textGroups, dim, ks),
    textToImage: recallOneWay(texts, textGroups, images, imageGroups, dim, ks),
  };
}

function recallOneWay(
  queries: Floats,
  queryGroups: ArrayLike<number>,
  items: Floats,
  itemGroups: ArrayLike<number>,
  dim: number,
  ks: readonly number[],
): number[] {
  const scores = new Float64Array(itemGroups.length);
  const hits = ks.map(() => 0);
  let counted = 0;
  for (let query = 0; query < queryGroups.length; query++) {
    for (let item = 0; item < scores.length; item++)
      scores[item] = dot(queries, query * dim, items, item * dim, dim);
    const rank = rankOfBest(scores, itemGroups, queryGroups[query]);
    if (rank === null) continue;
    counted++;
    ks.forEach((k, i) => (hits[i] += chanceOfHit(rank, k)));
  }
  if (counted === 0) throw new RangeError('expected at least one query whose group has an item, got none');
  return hits.map((hit) => hit / counted);
}

interface Rank {
  /** Wrong items above the best right one. */
  readonly above: number;
  /** Wrong and right items that tie with it. */
  readonly tiedWrong: number;
  readonly tiedRight: number;
}

function rankOfBest(scores: Float64Array, groups: ArrayLike<number>, group: number): Rank | null {
  let best = -Infinity;
  for (let i = 0; i < scores.length; i++) {
    if (groups[i] === group && scores[i] > best) best = scores[i];
  }
  if (best === -Infinity) return null;
  let above = 0;
  let tiedWrong = 0;
  let tiedRight = 0;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] === best) {
      if (groups[i] === group) tiedRight++;
      else tiedWrong++;
    } else if (scores[i] > best) above++;
  }
  return { above, tiedWrong, tiedRight };
}

/** 1 − P(the K − above places left all go to wrong items), drawing without replacement from the tied ones. */
function chanceOfHit({ above, tiedWrong, tiedRight }: Rank, k: number): number {
  const places = k - above;
  if (places <= 0) return 0;
  if (places > tiedWrong) return 1;
  let miss = 1;
  for (let i = 0; i < places; i++) miss *= (tiedWrong - i) / (tiedWrong + tiedRight - i);
  return 1 - miss;
}

function assertGroups(count: number, groups: ArrayLike<number>, what: string): void {
  if (groups.length !== count) {
    throw new RangeError(`expected ${count} ${what} groups, one a row, got ${groups.length}`);
  }
}
