import { type BenchRow, limitRow, spreadOf } from './measure.ts';
import { DEPTH, meanOf } from './recall-curve.ts';

/** What a plan is to reach: recall of the exact ten best, as docs/search.md has it. */
export const TARGET_RECALL = 0.98;
/** The same as a most: rows without a rival have one. */
export const MOST_MISSED = 2;

const PARTS = [0, 1, 2, 3];

/** The share of the exact ten that was missed, a mean over queries; the spread is that of the means of four parts. */
export function missedRow(name: string, recalls: Float64Array, most: number | null): BenchRow {
  const missed = (part: Float64Array): number => 100 * (1 - meanOf(part));
  const parts = PARTS.map((part) => missed(recalls.filter((_, query) => query % PARTS.length === part)));
  const spread = { ...spreadOf(parts), median: missed(recalls) };
  return limitRow(name, 'missed', `% of the exact ${DEPTH}`, spread, most);
}
