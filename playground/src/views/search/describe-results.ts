import type { SearchPage } from '../../api/search-operations.ts';
import { decisionWord } from '../../components/decision-mark.tsx';
import { formatCount, formatPercent, formatScore } from '../../format-numbers.ts';
import { figureOf, toResult } from './result.ts';

/** The first page of a search in a sentence or two, for a screen reader. @param subject what was searched for */
export function describeResults(page: SearchPage, subject: string): string {
  const { edges, complete } = page;
  const shown = figureOf(page);
  const [best] = edges;
  const words = [`${formatCount(edges.length, 'result')} for ${subject}.`];
  if (best !== undefined) {
    const figure =
      shown === 'probability'
        ? `${formatPercent(best.probability)}, ${decisionWord(best.decision)}`
        : `${shown} ${formatScore(shown === 'cosine' ? (best.cosine ?? best.score) : best.score)}`;
    words.push(`Best: ${toResult(best).label}, ${figure}.`);
  }
  if (!complete) words.push('A part of the corpus could not be searched.');
  return words.join(' ');
}
