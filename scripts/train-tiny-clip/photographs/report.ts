import { textTable } from '../../cli/text-table.ts';
import type { Measure } from './measure.ts';
import type { Shares } from './ranking.ts';

const HEADER = ['split', 'asked', 'queries', 'choices', 'top 1/5/10, %', 'mean of concepts', 'chance'];

/** For people, on a terminal. */
export function toTextTable(measures: readonly Measure[]): string {
  return textTable(HEADER, measures.map(cells));
}

/** For the card. */
export function toMarkdown(measures: readonly Measure[]): string {
  return markdownTable(HEADER, measures.map(cells));
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [header, header.map(() => '---'), ...rows].map(line).join('\n');
}

function cells({ split, task, queries, choices, top, overConcepts, chance }: Measure): string[] {
  return [
    split,
    task,
    String(queries),
    String(choices),
    percent(top),
    overConcepts === undefined ? '' : percent(overConcepts),
    percent(chance),
  ];
}

/** Shares as per cents, such as `28.5/57.8`. */
export function percent(shares: Shares): string {
  return Object.values(shares)
    .map((share) => (100 * share).toFixed(1))
    .join('/');
}
