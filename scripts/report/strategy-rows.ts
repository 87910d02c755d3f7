import { YARDSTICKS } from '../../src/core/evaluation/candidates.ts';
import { meanRecallAt1 } from '../../src/core/evaluation/mean-recall.ts';
import type { PrecomputeReport, ReportRow } from './report-data.ts';

/** How the rows of a comparison are named, grouped and ordered wherever the page shows them. */

/** Chosen by the selection; a yardstick that every method stands beside; or one more method. */
export type Role = 'chosen' | 'yardstick' | 'method';

/** The row of the selection itself, or null when the comparison holds none. */
export function chosenRow({ rows, strategy, k, fusion, centred }: PrecomputeReport): ReportRow | null {
  const isChosen = (row: ReportRow): boolean =>
    row.strategy === strategy &&
    row.k === k &&
    row.encoding === 'float32' &&
    row.fusion === fusion &&
    row.centred === centred;
  return rows.find(isChosen) ?? null;
}

export function roleOf(row: ReportRow, chosen: ReportRow | null): Role {
  if (row === chosen) return 'chosen';
  return YARDSTICKS.includes(row.strategy) && row.fusion === 'identity' ? 'yardstick' : 'method';
}

/** What every strategy stores at its k: no other fusion, and of a strategy with and without centring only its first. */
export function mainRows(rows: readonly ReportRow[]): ReportRow[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const name = `${row.strategy} ${row.k} ${row.encoding}`;
    if (row.fusion !== 'identity' || seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

/** "full, int8", "pca", "pca, int4", "variance + weighted": without k, which the chart or table gives. */
export function rowName(row: ReportRow, { main }: { readonly main: ReadonlySet<ReportRow> }): string {
  const isNamed = row.strategy === 'full' || row.encoding !== 'float32';
  const encoding = isNamed ? `, ${row.encoding === 'sign' ? 'sign bits' : row.encoding}` : '';
  const fusion = row.fusion === 'identity' ? '' : ` + ${row.fusion}`;
  const isRecentred = row.fusion === 'identity' && !main.has(row);
  const centring = isRecentred ? (row.centred ? ', centred' : ', not centred') : '';
  return `${row.strategy}${encoding}${fusion}${centring}`;
}

/** Every k of a strategy that keeps less than all, ascending. */
export function comparedKs(rows: readonly ReportRow[]): number[] {
  const ks = new Set(rows.filter((row) => row.strategy !== 'full').map((row) => row.k));
  return [...ks].sort((a, b) => a - b);
}

export function bestFirst<Row extends ReportRow>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => meanRecallAt1(b).mean - meanRecallAt1(a).mean);
}
