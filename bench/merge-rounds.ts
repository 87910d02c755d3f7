import type { BenchRow, Rival, Spread } from './measure.ts';
import { spreadOf } from './measure.ts';

/** Rows of one name, metric, unit and rival are one measurement, whichever process they come from. */
export function rowKey({ name, metric, unit, rival }: BenchRow): string {
  return JSON.stringify([name, metric, unit, rival?.name ?? null]);
}

/**
 * @param rows of one process
 * @throws Error when two of them have one key: merged, each would get figures of the other
 */
export function assertDistinct(rows: readonly BenchRow[]): void {
  for (const [key, same] of Map.groupBy(rows, rowKey)) {
    if (same.length > 1) throw new Error(`expected one row of a name, metric and rival, got two of ${key}`);
  }
}

/**
 * One row for what several fresh processes measured: the median of their medians, the least and the most of all. The ratio
 * is the median of the ratios within a process, since both sides of one share its luck with memory and code placement.
 * @param rounds the rows of each process; a row that some of them lack is merged from the others
 * @throws Error when a process has two rows of one key
 */
export function mergeRounds(rounds: readonly (readonly BenchRow[])[]): BenchRow[] {
  rounds.forEach(assertDistinct);
  const groups = Map.groupBy(rounds.flat(), rowKey);
  return [...groups.values()].map((rows) => (rows.length === 1 ? rows[0] : mergeRows(rows)));
}

function mergeRows(rows: readonly BenchRow[]): BenchRow {
  const rivals = rows.flatMap(({ rival }) => (rival === null ? [] : [rival]));
  const ratios = rows.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
  const ours = mergeSpreads(rows.map((row) => row.ours));
  const ratio = ratios.length === 0 ? null : spreadOf(ratios).median;
  return {
    ...rows[0],
    ours,
    rival: rivals.length === 0 ? null : mergeRivals(rivals),
    ratio,
    met: mergeMet(rows, ratio, ours),
  };
}

function mergeSpreads(spreads: readonly Spread[]): Spread {
  return {
    median: spreadOf(spreads.map(({ median }) => median)).median,
    min: Math.min(...spreads.map(({ min }) => min)),
    max: Math.max(...spreads.map(({ max }) => max)),
  };
}

function mergeRivals(rivals: readonly Rival[]): Rival {
  const kernels = new Set(rivals.flatMap(({ kernel }) => (kernel === undefined ? [] : [kernel])));
  return {
    name: rivals[0].name,
    ...mergeSpreads(rivals),
    ...(kernels.size === 0 ? {} : { kernel: [...kernels].join(' or ') }),
  };
}

/** By the figures that the merged row shows; null where no process judged, as without its rival. */
function mergeMet(rows: readonly BenchRow[], ratio: number | null, ours: Spread): boolean | null {
  const [{ target }] = rows;
  if (target === null || rows.every(({ met }) => met === null)) return null;
  return ratio === null ? ours.median <= target : ratio >= target;
}
