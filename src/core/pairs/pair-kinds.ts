/** Which kind each pair of a set is of: drawing or photograph, a language, a shop. */
export interface PairKinds {
  /** In order of first appearance. */
  readonly names: readonly string[];
  /** A number of `names` a pair. */
  readonly pairs: Uint8Array;
  /** And a marked mismatch, in the order of the set's `mismatches`. */
  readonly mismatches: Uint8Array;
}

/**
 * The kind of each scored pair: that of the pair or marked mismatch whose image it takes.
 * @param sources as in `ScoredPairs`
 */
export function kindsOfSources(kinds: PairKinds, sources: Uint32Array): Uint8Array {
  const count = kinds.pairs.length;
  return Uint8Array.from(sources, (source) =>
    source < count ? kinds.pairs[source] : kinds.mismatches[source - count],
  );
}
