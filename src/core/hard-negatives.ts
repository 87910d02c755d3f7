import { assertTwoGroups } from './folds.ts';
import type { PairSet } from './pair-set.ts';
import { dot } from './vector.ts';

/**
 * For each pair, the pair of another group whose caption is nearest to its own, by inner product of the text embeddings:
 * the most confusable wrong caption, chosen without looking at images or at a strategy's scores, so that every strategy
 * meets the same ones. Ties go to the earlier pair.
 * @param pairs numbers of the pairs that take part; partners come from them alone
 * @returns same length and order as `pairs`
 * @throws RangeError when all pairs are of one group
 * O(pairs²·dim), no matrix is kept.
 */
export function hardNegatives(
  { dim, textEmbeddings, textRows, groups }: PairSet,
  pairs: Uint32Array,
): Uint32Array {
  assertTwoGroups(pairs, groups);
  return pairs.map((pair) => {
    const caption = textRows[pair] * dim;
    let nearest = pair;
    let best = -Infinity;
    for (const other of pairs) {
      if (groups[other] === groups[pair]) continue;
      const similarity = dot(textEmbeddings, caption, textEmbeddings, textRows[other] * dim, dim);
      if (similarity > best) {
        best = similarity;
        nearest = other;
      }
    }
    return nearest;
  });
}
