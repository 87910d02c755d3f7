import type { DecisionCounts } from './report-data.ts';

/** How many pairs a decision was made on. */
export function decidedPairs({ match, uncertain, mismatch }: DecisionCounts['match']): number {
  return match + uncertain + mismatch;
}

/** The share of pairs that are called neither; 0 of none. */
export function uncertainShare({ match, mismatch }: DecisionCounts): number {
  const all = decidedPairs(match) + decidedPairs(mismatch);
  return all === 0 ? 0 : (match.uncertain + mismatch.uncertain) / all;
}
