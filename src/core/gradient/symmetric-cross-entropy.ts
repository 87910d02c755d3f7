import { exp, log } from '../exp-log.ts';
import type { Floats } from '../vector.ts';

/**
 * In-batch contrastive loss of a square matrix of scores, both ways (InfoNCE, van den Oord et al. 2018; symmetric as in Radford
 * et al. 2021): the mean over rows of the cross-entropy of the diagonal among all of the row, and over columns of that among all
 * of the column, halved and added. Scores count times `scale`.
 * @param scale positive
 * @param excluded same shape: 1 where an entry is no counter-example, and left out; 0 on the diagonal
 * @param byLogit same shape: the derivatives by scale·score are added to it
 */
export function symmetricCrossEntropy(
  scores: Floats,
  excluded: Uint8Array,
  scale: number,
  byLogit: Float64Array,
): number {
  const count = Math.sqrt(scores.length);
  const shares = new Float64Array(count);
  let loss = 0;
  for (const [outer, inner] of [
    [count, 1],
    [1, count],
  ]) {
    for (let own = 0; own < count; own++) {
      const base = own * outer;
      let largest = -Infinity;
      for (let j = 0, at = base; j < count; j++, at += inner) {
        if (excluded[at] === 0 && scores[at] > largest) largest = scores[at];
      }
      let sum = 0;
      for (let j = 0, at = base; j < count; j++, at += inner) {
        shares[j] = excluded[at] === 0 ? exp(scale * (scores[at] - largest)) : 0;
        sum += shares[j];
      }
      const perShare = 1 / (2 * count * sum);
      for (let j = 0, at = base; j < count; j++, at += inner) byLogit[at] += shares[j] * perShare;
      const diagonal = own * count + own;
      byLogit[diagonal] -= 1 / (2 * count);
      loss += (scale * (largest - scores[diagonal]) + log(sum)) / (2 * count);
    }
  }
  return loss;
}
