import { dot } from '../../../src/core/vector.ts';

/** Ranks at which hits are counted. */
export const CUTS = [1, 5, 10] as const;
export type Cut = `${(typeof CUTS)[number]}`;
/** A share in [0, 1] at some of the ranks. */
export type Shares = Readonly<Partial<Record<Cut, number>>>;

/**
 * For every query the number of wrong choices that score at least as high as its best right one: 0 is first place, and ties
 * count against. The score is the inner product.
 * @throws RangeError for a query without a right choice
 * O(queries·choices·dim), accumulates in float64.
 */
export function ranksOf(
  queries: readonly Float32Array[],
  choices: readonly Float32Array[],
  isRight: (query: number, choice: number) => boolean,
): number[] {
  return queries.map((query, q) => {
    const scores = choices.map((choice) => innerProduct(query, choice));
    let best = -Infinity;
    scores.forEach((score, c) => {
      if (isRight(q, c) && score > best) best = score;
    });
    if (best === -Infinity) throw new RangeError(`query ${q} has no right choice`);
    return scores.reduce((above, score, c) => (score >= best && !isRight(q, c) ? above + 1 : above), 0);
  });
}

/** Of two vectors of one length. */
export function innerProduct(a: Float32Array, b: Float32Array): number {
  return dot(a, 0, b, 0, a.length);
}

/** Share of the queries whose rank lies under each cut. */
export function sharesWithin(ranks: readonly number[], cuts: readonly (typeof CUTS)[number][]): Shares {
  return atCuts(cuts, (cut) => ranks.filter((rank) => rank < cut).length / ranks.length);
}

/** The same as a mean over groups, so that a group of many queries counts as much as one of few. */
export function sharesOverGroups(
  ranks: readonly number[],
  groups: readonly string[],
  cuts: readonly (typeof CUTS)[number][],
): Shares {
  const byGroup = Map.groupBy(ranks.keys(), (query) => groups[query]);
  return atCuts(cuts, (cut) =>
    mean([...byGroup.values()].map((queries) => mean(queries.map((query) => (ranks[query] < cut ? 1 : 0))))),
  );
}

/**
 * What a random order would give: the probability that one of `right` of `total` choices is among the first few.
 * @param rights the number of right choices a query
 */
export function chanceShares(
  rights: readonly number[],
  total: number,
  cuts: readonly (typeof CUTS)[number][],
): Shares {
  return atCuts(cuts, (cut) => mean(rights.map((right) => chanceOfHit(right, total, cut))));
}

function chanceOfHit(right: number, total: number, cut: number): number {
  let miss = 1;
  for (let i = 0; i < cut; i++) miss *= Math.max(0, total - right - i) / Math.max(1, total - i);
  return 1 - miss;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function atCuts(cuts: readonly (typeof CUTS)[number][], share: (cut: number) => number): Shares {
  return Object.fromEntries(cuts.map((cut) => [String(cut), Math.round(share(cut) * 1e4) / 1e4]));
}
