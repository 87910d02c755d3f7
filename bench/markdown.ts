import type { Environment } from './environment.ts';
import { environmentLine } from './environment.ts';
import type { BenchRow } from './measure.ts';
import { figureText, ratioText, targetText } from './table.ts';

/** Rows of equally many cells, the first of them the head. */
export type Cells = readonly (readonly string[])[];

/** As Prettier lays tables out. */
export function markdownTable(cells: Cells): string {
  const widths = cells[0].map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |\n`;
  const [head, ...body] = cells;
  return [head, widths.map((width) => '-'.repeat(width)), ...body].map(line).join('');
}

/** Rows as the documents show them, medians only, and below what they hold for. */
export function benchMarkdown(rows: readonly BenchRow[], environment: Environment): string {
  const cells = rows.map(({ name, metric, unit, ours, rival, ratio, target, met }) => [
    name,
    metric,
    withUnit(ours.median, unit),
    rival === null ? '-' : `${withUnit(rival.median, unit)}, ${rival.name}`,
    ratio === null ? '-' : ratioText(ratio),
    targetText(target, met),
  ]);
  const table = markdownTable([['what', 'metric', 'ours', 'rival', 'ratio', 'target'], ...cells]);
  return `${table}\n${environmentLine(environment, rows)}\n`;
}

function withUnit(value: number, unit: string): string {
  const figure = Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en') : figureText(value);
  return `${figure} ${unit}`;
}
