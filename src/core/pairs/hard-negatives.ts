import { assertTwoGroups } from './folds.ts';
import type { PairSet } from './pair-set.ts';
import { dot } from '../vector.ts';

/**
 * For each pair, the pairs of other groups whose captions are nearest to its own, by inner product of the text
 * embeddings: the most confusable wrong captions, chosen without looking at images or at a strategy's scores, so that
 * every strategy meets the same ones. Ties go to the earlier pair.
 * @param pairs numbers of the pairs that take part; partners come from them alone
 * @param count how many for each pair, at least 1; where fewer are to be had the nearest one stands again
 * @returns `count` for each of `pairs`, nearest first, in the order of `pairs`
 * @throws RangeError when all pairs are of one group
 * O(pairs²·(dim + count)), no matrix is kept.
 */
export function hardNegatives(
  { dim, textEmbeddings, textRows, groups }: PairSet,
  pairs: Uint32Array,
  count = 1,
): Uint32Array {
  assertTwoGroups(pairs, groups);
  const nearest = new Uint32Array(pairs.length * count);
  const similarities = new Float64Array(count);
  pairs.forEach((pair, i) => {
    const caption = textRows[pair] * dim;
    const own = nearest.subarray(i * count, (i + 1) * count);
    similarities.fill(-Infinity);
    let found = 0;
    for (const other of pairs) {
      if (groups[other] === groups[pair]) continue;
      const similarity = dot(textEmbeddings, caption, textEmbeddings, textRows[other] * dim, dim);
      if (similarity > similarities[count - 1]) insert(similarities, own, similarity, other);
      found++;
    }
    if (found < count) own.fill(own[0], found);
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
