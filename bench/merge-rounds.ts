import type { BenchRow, Spread } from './measure.ts';
import { spreadOf } from './measure.ts';

/** Rows of one name, metric and unit are one measurement, whichever run they come from. */
export function rowKey({ name, metric, unit }: BenchRow): string {
  return JSON.stringify([name, metric, unit]);
}

/**
 * One row for what several fresh processes measured: the median of their medians, the least and the most of all. The ratio
 * is the median of the ratios within a process, since both sides of one share its luck with memory and code placement.
 * @param rounds the rows of each process; a row that some of them lack is merged from the others
 */
export function mergeRounds(rounds: readonly (readonly BenchRow[])[]): BenchRow[] {
  const groups = Map.groupBy(rounds.flat(), rowKey);
  return [...groups.values()].map((rows) => (rows.length === 1 ? rows[0] : mergeRows(rows)));
}

function mergeRows(rows: readonly BenchRow[]): BenchRow {
  const rivals = rows.flatMap(({ rival }) => (rival === null ? [] : [rival]));
  const ratios = rows.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
  return {
    ...rows[0],
    ours: mergeSpreads(rows.map(({ ours }) => ours)),
    rival: rivals.length === 0 ? null : { name: rivals[0].name, ...mergeSpreads(rivals) },
    ratio: ratios.length === 0 ? null : spreadOf(ratios).median,
    met: mergeMet(rows),
  };
}

function mergeSpreads(spreads: readonly Spread[]): Spread {
  return {
    median: spreadOf(spreads.map(({ median }) => median)).median,
    min: Math.min(...spreads.map(({ min }) => min)),
    max: Math.max(...spreads.map(({ max }) => max)),
  };
}

/** Of the process in the middle, whichever way its target points; of the middle two, when both met it. */
function mergeMet(rows: readonly BenchRow[]): boolean | null {
  const judged = rows
    .filter(({ met }) => met !== null)
    .toSorted((a, b) => (a.ratio ?? a.ours.median) - (b.ratio ?? b.ours.median));
  if (judged.length === 0) return null;
  const last = judged.length - 1;
  return [judged[last >> 1], judged[(last + 1) >> 1]].every(({ met }) => met === true);
}
