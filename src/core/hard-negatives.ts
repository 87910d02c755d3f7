import { assertTwoGroups } from './folds.ts';
import { dot } from './vector.ts';

/**
 * For each row, the row of another group whose caption is nearest to its own, by inner product of the text embeddings:
 * the most confusable wrong caption, chosen without looking at images or at a strategy's scores, so that every strategy
 * meets the same ones. Ties go to the lower row.
 * @param texts row-major, shape [count, dim], unit norm
 * @param rows the rows that take part; partners come from them alone
 * @param groups one a row of the whole set
 * @returns same length and order as `rows`
 * @throws RangeError when all rows are of one group
 * O(rows²·dim), no matrix is kept.
 */
export function hardNegatives(
  texts: Float32Array,
  dim: number,
  rows: Uint32Array,
  groups: ArrayLike<number>,
): Uint32Array {
  assertTwoGroups(rows, groups);
  return rows.map((row) => {
    let nearest = row;
    let best = -Infinity;
    for (const other of rows) {
      if (groups[other] === groups[row]) continue;
      const similarity = dot(texts, row * dim, texts, other * dim, dim);
      if (similarity > best) {
        best = similarity;
        nearest = other;
      }
    }
    return nearest;
  });
}
