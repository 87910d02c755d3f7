import type { SearchPage } from '../../api/search-operations.ts';
import { decisionWord } from '../../components/decision-mark.tsx';
import { formatCount, formatPercent } from '../../format-numbers.ts';
import { relevanceOf } from './relevance.ts';
import { labelOf } from './result.ts';

/**
 * The first page of a search in a sentence or two, for a screen reader.
 * @param subject what was searched for
 * @param showsProbabilities they are shown to the others too
 */
export function describeResults(page: SearchPage, subject: string, showsProbabilities: boolean): string {
  const { edges, complete, calibrated } = page;
  const [best] = edges;
  const words = [`${formatCount(edges.length, 'result')} for ${subject}.`];
  if (best !== undefined) {
    const figure =
      showsProbabilities && calibrated
        ? `, ${formatPercent(best.probability)}, ${decisionWord(best.decision)}`
        : '';
    words.push(`Closest: ${labelOf(best)}${figure}.`);
  }
  const relevance = relevanceOf(page, 'phrase');
  if (relevance !== null) words.push(relevance.words);
  if (!complete) words.push('A part of the corpus could not be searched.');
  return words.join(' ');
}
