import { scoreBlocks } from '../linear-algebra/kernels/score-blocks.ts';
import type { PairSet } from '../pairs/pair-set.ts';
import { uniqueRows } from '../pairs/pair-set.ts';
import { createRandom, shuffle } from '../random.ts';
import { gatherRows } from '../vector.ts';

/** Cosine from which two embeddings are told as near duplicates: of 500 COCO photographs under CLIP, all different, the nearest two have
 * .963; of the sample set under tiny-clip "scissors" and "a small pair of scissors" .982. */
export const NEAR_DUPLICATE_COSINE = 0.985;
/** Of each modality: all of them against each other take some 2 s at 512 coordinates. */
const MOST_ROWS = 5_000;
/** Named; the others are counted. */
const MOST_NAMED = 10;

/** Two pairs of different groups whose pictures, or captions, are all but the same. */
export interface NearDuplicate {
  /** Numbers of pairs, the first of each row. */
  readonly pairs: readonly [number, number];
  readonly cosine: number;
}

export interface NearDuplicates {
  readonly count: number;
  /** The nearest, nearest first, at most ten. */
  readonly nearest: readonly NearDuplicate[];
  /** Different rows there are, and how many of them were looked at. */
  readonly rows: number;
  readonly lookedAt: number;
}

/**
 * Pairs of images, or of texts, that are of different groups and yet nearer than `NEAR_DUPLICATE_COSINE`: the same photograph in another
 * size, a caption but for its full stop. They may stand on both sides of a fold. Of more than 5,000 rows a random 5,000 are compared.
 * @param seed draws which
 * O(rows²·dim), no matrix is kept.
 */
export function nearDuplicates(set: PairSet, modality: 'image' | 'text', seed: number): NearDuplicates {
  const { dim, groups } = set;
  const rowOfPair = modality === 'image' ? set.imageRows : set.textRows;
  const embeddings = modality === 'image' ? set.imageEmbeddings : set.textEmbeddings;
  const firstPair = new Map<number, number>();
  rowOfPair.forEach((row, pair) => {
    if (!firstPair.has(row)) firstPair.set(row, pair);
  });
  const all = uniqueRows(rowOfPair, Uint32Array.from(groups.keys()), groups).rows;
  const rows = all.slice();
  if (rows.length > MOST_ROWS) shuffle(rows, createRandom(seed));
  const looked = rows.slice(0, MOST_ROWS);
  const pairs = looked.map((row) => firstPair.get(row) ?? 0);
  const vectors = gatherRows(embeddings, dim, looked);
  const nearest: NearDuplicate[] = [];
  let count = 0;
  scoreBlocks(vectors, vectors, dim, ({ scores, stride, firstRow, rowCount }) => {
    for (let row = 0; row < rowCount; row++) {
      const i = firstRow + row;
      for (let j = i + 1; j < looked.length; j++) {
        const cosine = scores[row * stride + j];
        if (cosine < NEAR_DUPLICATE_COSINE || groups[pairs[i]] === groups[pairs[j]]) continue;
        count++;
        const [first, second] = [pairs[i], pairs[j]].sort((a, b) => a - b);
        nearest.push({ pairs: [first, second], cosine });
        if (nearest.length > 2 * MOST_NAMED) keepNearest(nearest);
      }
    }
  });
  keepNearest(nearest);
  return { count, nearest, rows: all.length, lookedAt: looked.length };
}

/** In place. */
function keepNearest(found: NearDuplicate[]): void {
  found.sort((a, b) => b.cosine - a.cosine || a.pairs[0] - b.pairs[0] || a.pairs[1] - b.pairs[1]);
  found.length = Math.min(found.length, MOST_NAMED);
}
