/** Held-out decisions: rows what was true, columns what was said. */
export interface DecisionCounts {
  readonly match: { readonly match: number; readonly uncertain: number; readonly mismatch: number };
  readonly mismatch: { readonly match: number; readonly uncertain: number; readonly mismatch: number };
}

/** How many pairs a decision was made on. */
export function decidedPairs({ match, uncertain, mismatch }: DecisionCounts['match']): number {
  return match + uncertain + mismatch;
}

/** The share of pairs that are called neither; 0 of none. */
export function uncertainShare({ match, mismatch }: DecisionCounts): number {
  const all = decidedPairs(match) + decidedPairs(mismatch);
  return all === 0 ? 0 : (match.uncertain + mismatch.uncertain) / all;
}
