import type { RankedItemData } from '../../api/operations.ts';
import { decisionWord } from '../../components/decision-mark.tsx';
import { formatCount, formatPercent } from '../../format-numbers.ts';
import type { CaptionLine } from '../../state/captions.ts';

/** A ranking in one sentence or two, for a screen reader: the best one, and how the rest came out. */
export function describeRanking(
  items: readonly RankedItemData[],
  lines: readonly CaptionLine[],
  relevantCount: number | null,
): string {
  const [best] = items;
  if (best === undefined) return 'Nothing was ranked.';
  const failed = items.filter(({ error }) => error !== null && error !== undefined).length;
  const counts = (['MATCH', 'UNCERTAIN', 'MISMATCH'] as const)
    .map((decision) => ({ decision, count: items.filter((item) => item.decision === decision).length }))
    .filter(({ count }) => count > 0)
    .map(({ decision, count }) => `${count} ${decisionWord(decision)}`);
  if (failed > 0) counts.push(`${failed} failed`);
  const words = [`${formatCount(items.length, 'caption')} ranked: ${counts.join(', ')}.`];
  if (typeof best.probability === 'number') {
    words.push(`Best: ${lines[best.index]?.text ?? ''}, ${formatPercent(best.probability)}.`);
  }
  const relevance = relevanceWords(relevantCount);
  if (relevance !== null) words.push(relevance);
  return words.join(' ');
}

/** Where relevance ends among captions that are ranked; null where the API does not know. */
export function relevanceWords(relevantCount: number | null): string | null {
  if (relevantCount === null) return null;
  if (relevantCount === 0) return 'None of these seems to fit.';
  return relevantCount === 1 ? 'Only the first seems to fit.' : `The first ${relevantCount} seem to fit.`;
}
