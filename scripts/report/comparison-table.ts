import type { ComparisonRow } from '../../src/core/evaluation/cross-validation.ts';
import { textTable } from '../cli/text-table.ts';

interface Column {
  readonly name: string;
  readonly cell: (row: ComparisonRow) => string;
  /** Of a figure that has a best: what it is, and whether the highest is. */
  readonly figure?: { readonly value: (row: ComparisonRow) => number; readonly isHigherBetter: boolean };
}

const COLUMNS: readonly Column[] = [
  { name: 'strategy', cell: ({ strategy }) => strategy },
  { name: 'k', cell: ({ k }) => String(k) },
  { name: 'encoding', cell: ({ encoding }) => encoding },
  { name: 'bytes', cell: ({ bytes }) => String(bytes) },
  figure('i>t R@1', ({ recall }) => recall.imageToText['1'].mean),
  figure('t>i R@1', ({ recall }) => recall.textToImage['1'].mean),
  figure('i>t R@10', ({ recall }) => recall.imageToText['10'].mean),
  figure('t>i R@10', ({ recall }) => recall.textToImage['10'].mean),
  figure('auc', ({ auc }) => auc.mean),
  figure('hard', ({ aucHard }) => aucHard.mean),
  figure('ece', ({ ece }) => ece.mean, false),
];

/**
 * The rows of a comparison for people: means over folds, the best of each column marked. Full float32 vectors are the ceiling, and
 * no choice beside the others: they are not counted for best.
 */
export function comparisonTable(rows: readonly ComparisonRow[]): string {
  const marks = COLUMNS.map(({ figure: of }) => (of === undefined ? null : bestOf(rows.filter(isRival), of)));
  const cells = rows.map((row) =>
    COLUMNS.map(({ cell, figure: of }, column) => {
      const best = marks[column];
      if (of === undefined || best === null) return cell(row);
      return `${cell(row)}${isRival(row) && of.value(row) === best ? '*' : ' '}`;
    }),
  );
  const table = textTable(
    COLUMNS.map(({ name, figure: of }) => (of === undefined ? name : `${name} `)),
    cells,
  );
  return `${table}\ni>t: images asked for texts, t>i the other way. hard: auc against the nearest other caption. * best of its column, full float32 aside`;
}

function figure(name: string, value: (row: ComparisonRow) => number, isHigherBetter = true): Column {
  return { name, cell: (row) => value(row).toFixed(3), figure: { value, isHigherBetter } };
}

function isRival({ strategy, encoding }: ComparisonRow): boolean {
  return strategy !== 'full' || encoding !== 'float32';
}

/** Null where there is none. */
function bestOf(
  rows: readonly ComparisonRow[],
  { value, isHigherBetter }: NonNullable<Column['figure']>,
): number | null {
  if (rows.length === 0) return null;
  const values = rows.map(value);
  return isHigherBetter ? Math.max(...values) : Math.min(...values);
}
