/**
 * How many times more pairs it takes than independent ones to tell as much, for pairs that come in clusters: Kish's design effect,
 * 1 + (m − 1)·ρ, with m the mean size of a pair's cluster and ρ how alike the residuals within one are (1965, 8.2). Matches and
 * mismatches of one group are apart: their residuals pull against each other, and where only one of the two is looked at
 * nothing does.
 * @param residuals label minus probability
 * @param labels 1 for a match, 0 for a mismatch
 * @param groups one a pair
 * @returns at least 1
 */
export function designEffect(residuals: Float64Array, labels: Uint8Array, groups: ArrayLike<number>): number {
  const clusters = new Map<string, { count: number; sum: number; squares: number }>();
  for (let i = 0; i < residuals.length; i++) {
    const key = `${groups[i]} ${labels[i]}`;
    const cluster = clusters.get(key) ?? { count: 0, sum: 0, squares: 0 };
    cluster.count++;
    cluster.sum += residuals[i];
    cluster.squares += residuals[i] ** 2;
    clusters.set(key, cluster);
  }
  let sizes = 0;
  let products = 0;
  let possible = 0;
  for (const { count, sum, squares } of clusters.values()) {
    sizes += count ** 2;
    products += sum ** 2 - squares;
    possible += (count - 1) * squares;
  }
  if (possible === 0) return 1;
  const alike = Math.min(1, Math.max(0, products / possible));
  return 1 + (sizes / residuals.length - 1) * alike;
}
