import type { ScoreBlock } from '../linear-algebra/kernels/score-blocks.ts';
import { scoreBlocks } from '../linear-algebra/kernels/score-blocks.ts';
import { plainScore } from '../linear-algebra/plain-scores.ts';
import { rowCount } from '../vector.ts';

/** Shares in [0, 1], one for each K asked for, in that order. */
export interface Recall {
  readonly imageToText: readonly number[];
  readonly textToImage: readonly number[];
}

export interface RetrievalSet {
  /** Row-major, shape [images, dim]; the score of a pair is the inner product of its rows. */
  readonly images: Float32Array;
  /** Row-major, shape [texts, dim]. */
  readonly texts: Float32Array;
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
 * Scores are summed in float32, see `plainScore`. O(images·texts·dim), each score once; no matrix is kept.
 */
export function recallAtK(set: RetrievalSet, ks: readonly number[]): Recall {
  const { images, texts, dim, imageGroups, textGroups } = set;
  assertGroups(rowCount(images, dim), imageGroups, 'image');
  assertGroups(rowCount(texts, dim), textGroups, 'text');
  if (ks.some((k) => !Number.isInteger(k) || k < 1))
    throw new RangeError(`expected K of at least 1, got ${ks.join(', ')}`);
  const [ofImages, ofTexts] = findBest(set);
  const isRight = (image: number, text: number): boolean => imageGroups[image] === textGroups[text];
  scoreBlocks(images, texts, dim, (block) => countAbove(block, ofImages, ofTexts, isRight));
  return { imageToText: recallOf(ofImages, ks), textToImage: recallOf(ofTexts, ks) };
}

/** Where the best right item of a query stands among all items; one entry a query. */
interface Ranks {
  /** Score of the best right item; NaN where the query has none. */
  readonly best: Float32Array;
  /** Wrong items above it. */
  readonly above: Uint32Array;
  /** Wrong and right items that tie with it. */
  readonly tiedWrong: Uint32Array;
  readonly tiedRight: Uint32Array;
}

function emptyRanks(count: number): Ranks {
  return {
    best: new Float32Array(count).fill(NaN),
    above: new Uint32Array(count),
    tiedWrong: new Uint32Array(count),
    tiedRight: new Uint32Array(count),
  };
}

/** The best right item of every image and of every text: few scores, so that the large pass knows what to count against. */
function findBest({ images, texts, dim, imageGroups, textGroups }: RetrievalSet): [Ranks, Ranks] {
  const ofImages = emptyRanks(imageGroups.length);
  const ofTexts = emptyRanks(textGroups.length);
  const textsOf = new Map<number, number[]>();
  for (let text = 0; text < textGroups.length; text++) {
    const known = textsOf.get(textGroups[text]);
    if (known === undefined) textsOf.set(textGroups[text], [text]);
    else known.push(text);
  }
  for (let image = 0; image < imageGroups.length; image++) {
    for (const text of textsOf.get(imageGroups[image]) ?? []) {
      const score = plainScore(images, image, texts, text, dim);
      // Not (score <= best): NaN stands for none yet.
      if (!(score <= ofImages.best[image])) ofImages.best[image] = score;
      if (!(score <= ofTexts.best[text])) ofTexts.best[text] = score;
    }
  }
  return [ofImages, ofTexts];
}

/** Count, in every row and every column of the score matrix, what stands above and beside the best right item. */
function countAbove(
  { scores, stride, firstRow, rowCount }: ScoreBlock,
  ofImages: Ranks,
  ofTexts: Ranks,
  isRight: (image: number, text: number) => boolean,
): void {
  const { best: bestOfText, above: aboveOfText } = ofTexts;
  const textCount = bestOfText.length;
  for (let row = 0; row < rowCount; row++) {
    const image = firstRow + row;
    const best = ofImages.best[image];
    const start = row * stride;
    let above = 0;
    for (let text = 0; text < textCount; text++) {
      const score = scores[start + text];
      if (score > best) above++;
      if (score > bestOfText[text]) aboveOfText[text]++;
      if (score === best) count(ofImages, image, isRight(image, text));
      if (score === bestOfText[text]) count(ofTexts, text, isRight(image, text));
    }
    ofImages.above[image] += above;
  }
}

function count({ tiedRight, tiedWrong }: Ranks, query: number, isRight: boolean): void {
  if (isRight) tiedRight[query]++;
  else tiedWrong[query]++;
}

function recallOf({ best, above, tiedWrong, tiedRight }: Ranks, ks: readonly number[]): number[] {
  const hits = ks.map(() => 0);
  let counted = 0;
  for (let query = 0; query < best.length; query++) {
    if (Number.isNaN(best[query])) continue;
    counted++;
    ks.forEach((k, i) => {
      hits[i] += chanceOfHit(above[query], tiedWrong[query], tiedRight[query], k);
    });
  }
  if (counted === 0) throw new RangeError('expected at least one query whose group has an item, got none');
  return hits.map((hit) => hit / counted);
}

/** 1 − P(the K − above places left all go to wrong items), drawing without replacement from the tied ones. */
function chanceOfHit(above: number, tiedWrong: number, tiedRight: number, k: number): number {
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
