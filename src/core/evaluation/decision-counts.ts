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

/** Held-out decisions on hard mismatches: an image with the other caption that is nearest to its own. */
export interface HardDecisions {
  readonly mismatch: DecisionCounts['mismatch'];
  /** Share of calls of MATCH that are right where every mismatch is a hard one, at the base rate; null where there is none. */
  readonly matchPrecision: number | null;
}

/**
 * @param match what was said of the matches, and `mismatch` of the hard mismatches
 * @param baseRate share of matches, in (0, 1)
 */
export function hardDecisions(
  match: DecisionCounts['match'],
  mismatch: DecisionCounts['mismatch'],
  baseRate: number,
): HardDecisions {
  const right = (baseRate * match.match) / decidedPairs(match);
  const wrong = ((1 - baseRate) * mismatch.match) / decidedPairs(mismatch);
  return { mismatch, matchPrecision: right + wrong > 0 ? right / (right + wrong) : null };
}
