import type { BenchRow, Spread } from './measure.ts';

/** Rows for people: medians, with the least and the most behind them. */
export function benchTable(rows: readonly BenchRow[]): string {
  return alignColumns([
    ['name', 'metric', 'unit', 'ours', 'rival', '', 'ratio', 'target'],
    ...rows.map(({ name, metric, unit, ours, rival, ratio, target, met }) => [
      name,
      metric,
      unit,
      spreadText(ours),
      rival?.name ?? '-',
      rival === null ? '' : spreadText(rival),
      ratio === null ? '-' : ratioText(ratio),
      targetText(target, met),
    ]),
  ]);
}

/** @param cells rows of equally many columns; columns are as wide as their widest cell, two blanks apart */
export function alignColumns(cells: readonly (readonly string[])[]): string {
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** The target, and whether it was met where that was judged. */
export function targetText(target: number | null, met: boolean | null): string {
  if (target === null) return '-';
  return `${target}${met === null ? '' : met ? ' met' : ' missed'}`;
}

export function spreadText({ median, min, max }: Spread): string {
  return `${figureText(median)} (${figureText(min)}-${figureText(max)})`;
}

/** Ratios near one need the second digit: 1.24 and 1.16 are apart. */
export function ratioText(ratio: number): string {
  return Math.abs(ratio) < 10 ? ratio.toFixed(2) : ratio.toFixed(1);
}

/** As many digits as a timing bears: one after the point, more below ten, none from a thousand on. */
export function figureText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000 || value === 0) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 1 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
}
