import { tell, tellLines } from '../cli/messages.ts';
import { textTable } from '../cli/text-table.ts';
import type { ChaosOptions, ChaosRow, ChaosRun } from './run-chaos.ts';
import { ENCODER_DEADLINE_MS } from './serve.ts';

/** What KV is given before a request does without it (src/storage). */
const KV_DEADLINE_MS = 5_000;
/** A request waits for KV and then for the encoder. */
const DEADLINE_MS = KV_DEADLINE_MS + ENCODER_DEADLINE_MS;
const MAX_PROBLEMS = 10;

interface Line {
  readonly name: string;
  readonly requests: number;
  readonly exact: number;
  readonly partial: number;
  readonly refused: number;
  readonly wrong: number;
  readonly malformed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface ChaosReport extends Line {
  readonly seeds: readonly number[];
  readonly faultShare: number;
  readonly faults: number;
  readonly deadlineMs: number;
  readonly bySeed: readonly Line[];
  readonly byQuery: readonly Line[];
  readonly byFault: readonly Line[];
  readonly problems: readonly string[];
  readonly held: boolean;
}

export function reportOf({ seeds, faults }: ChaosOptions, run: ChaosRun): ChaosReport {
  const all = lineOf(run.all);
  return {
    ...all,
    seeds,
    faultShare: faults,
    faults: run.faultCount,
    deadlineMs: DEADLINE_MS,
    bySeed: linesOf(run.bySeed),
    byQuery: linesOf(run.byQuery),
    byFault: linesOf(run.byFault),
    problems: run.problems.slice(0, MAX_PROBLEMS),
    held: all.wrong === 0 && all.malformed === 0 && all.p99Ms <= DEADLINE_MS,
  };
}

export const isHeld = ({ held }: ChaosReport): boolean => held;

export function showReport(report: ChaosReport, run: ChaosRun): void {
  const header = [
    '',
    'requests',
    'exact',
    'partial',
    'refused',
    'wrong',
    'malformed',
    'p50 ms',
    'p99 ms',
    'max ms',
  ];
  const cells = (line: Line): string[] => [
    line.name,
    ...[line.requests, line.exact, line.partial, line.refused, line.wrong, line.malformed].map(String),
    ...[line.p50Ms, line.p99Ms, line.maxMs].map(String),
  ];
  const lines = [...report.bySeed, ...report.byQuery, ...report.byFault, lineOf(run.all)];
  tellLines(textTable(header, lines.map(cells)));
  report.problems.forEach(tell);
  tell(
    `${report.faults} faults in ${report.requests} requests: ${report.wrong} wrong answers, ${report.malformed} requests without a ` +
      `well-formed answer, p99 ${report.p99Ms} ms of ${report.deadlineMs}: ${report.held ? 'held' : 'NOT HELD'}`,
  );
}

function linesOf(rows: ReadonlyMap<string, ChaosRow>): Line[] {
  return [...rows.values()].map(lineOf).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function lineOf({ times, ...counts }: ChaosRow): Line {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { ...counts, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
