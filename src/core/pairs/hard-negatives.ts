import { scoreBlocks } from '../linear-algebra/kernels/score-blocks.ts';
import { assertTwoGroups } from './folds.ts';
import type { PairSet } from './pair-set.ts';
import { gatherRows } from '../vector.ts';

/**
 * For each pair, the pairs of other groups whose captions are nearest to its own, by inner product of the text
 * embeddings: the most confusable wrong captions, chosen without looking at images or at a strategy's scores, so that
 * every strategy meets the same ones. Ties go to the earlier pair.
 * @param pairs numbers of the pairs that take part; partners come from them alone
 * @param count how many for each pair, at least 1; where fewer are to be had the nearest one stands again
 * @returns `count` for each of `pairs`, nearest first, in the order of `pairs`
 * @throws RangeError when all pairs are of one group
 * O(pairs²·(dim + count)), no matrix is kept; similarities are summed in float32, see `plainScore`.
 */
export function hardNegatives(
  { dim, textEmbeddings, textRows, groups }: PairSet,
  pairs: Uint32Array,
  count = 1,
): Uint32Array {
  assertTwoGroups(pairs, groups);
  const nearest = new Uint32Array(pairs.length * count);
  const groupOf = Int32Array.from(pairs, (pair) => groups[pair]);
  const captions = gatherRows(
    textEmbeddings,
    dim,
    pairs.map((pair) => textRows[pair]),
  );
  const similarities = new Float64Array(count);
  scoreBlocks(captions, captions, dim, ({ scores, stride, firstRow, rowCount }) => {
    for (let row = 0; row < rowCount; row++) {
      const i = firstRow + row;
      const own = nearest.subarray(i * count, (i + 1) * count);
      similarities.fill(-Infinity);
      let found = 0;
      for (let other = 0, at = row * stride; other < groupOf.length; other++, at++) {
        if (groupOf[other] === groupOf[i]) continue;
        if (scores[at] > similarities[count - 1]) insert(similarities, own, scores[at], pairs[other]);
        found++;
      }
      if (found < count) own.fill(own[0], found);
    }
  });
  return nearest;
}

/** Into descending `similarities`, behind equal ones; the last falls off. */
function insert(similarities: Float64Array, items: Uint32Array, similarity: number, item: number): void {
  let at = similarities.length - 1;
  for (; at > 0 && similarities[at - 1] < similarity; at--) {
    similarities[at] = similarities[at - 1];
    items[at] = items[at - 1];
  }
  similarities[at] = similarity;
  items[at] = item;
}
