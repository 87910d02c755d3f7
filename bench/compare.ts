import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../scripts/cli/user-error.ts';
import { runBench } from './bench-process.ts';
import type { ComparedRow, Comparison, MissingRow } from './compare-rows.ts';
import { compareRounds } from './compare-rows.ts';
import type { BenchRow } from './measure.ts';
import { inTurn } from './measure.ts';
import { withWorktree } from './ref-worktree.ts';
import { alignColumns, ratioText, spreadText } from './table.ts';

export interface CompareOptions {
  /** Folder of the project. */
  readonly root: string;
  readonly old: string;
  /** Another commit, or null for the files as they are. */
  readonly current: string | null;
  readonly names: readonly string[];
  /** Of one process a side, at least 2. */
  readonly rounds: number;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

export interface RefComparison extends Comparison {
  readonly old: string;
  readonly new: string;
  readonly rounds: number;
  /** Benchmarks that one side does not have. */
  readonly missingBenches: readonly { readonly name: string; readonly side: 'old' | 'new' }[];
}

/**
 * The same benchmarks of two commits, in fresh processes that take turns: A B, B A, A B, ... What is checked out for it is
 * removed again, also when `signal` ends it.
 * @throws UserError when a ref names no commit or that commit has no benchmarks; StoppedError after the signal
 */
export async function compareRefs(options: CompareOptions): Promise<RefComparison> {
  const { root, old, current } = options;
  return withWorktree(root, old, options, (oldFolder, oldCommit) => {
    if (current === null) return compareFolders(options, [oldFolder, root], [oldCommit, 'working tree']);
    return withWorktree(root, current, options, (newFolder, newCommit) =>
      compareFolders(options, [oldFolder, newFolder], [oldCommit, newCommit]),
    );
  });
}

type Both<T> = readonly [old: T, current: T];

async function compareFolders(
  { names, rounds, signal, tell }: CompareOptions,
  folders: Both<string>,
  commits: Both<string>,
): Promise<RefComparison> {
  folders.forEach((folder, side) => {
    if (existsSync(join(folder, 'bench/run.ts'))) return;
    throw new UserError(`${commits[side]} has no bench/run.ts, so there is nothing to compare.`);
  });
  const rows: ComparedRow[] = [];
  const missing: MissingRow[] = [];
  const missingBenches: RefComparison['missingBenches'][number][] = [];
  for (const name of names) {
    const runs: Both<BenchRow[][]> = [[], []];
    for (let round = 0; round < rounds; round++) {
      tell(`compare: ${name}, round ${round + 1} of ${rounds}`);
      const lacking = await runRound(runs, round, (side) => runBench(folders[side], name, signal));
      missingBenches.push(...lacking.map((side) => ({ name, side: SIDES[side] })));
      if (lacking.length > 0) break;
    }
    // Where a side lacks the benchmark, no round is whole.
    if (runs[0].length < rounds || runs[1].length < rounds) continue;
    const compared = compareRounds(runs[0], runs[1]);
    rows.push(...compared.rows);
    missing.push(...compared.missing);
  }
  return { old: commits[0], new: commits[1], rounds, rows, missing, missingBenches };
}

const SIDES = ['old', 'new'] as const;

/** Adds what a process of each side gives. @returns the sides that lack the benchmark */
async function runRound(
  runs: Both<BenchRow[][]>,
  round: number,
  run: (side: 0 | 1) => Promise<BenchRow[] | null>,
): Promise<(0 | 1)[]> {
  const lacking: (0 | 1)[] = [];
  for (const side of inTurn([0, 1] as const, round)) {
    const rows = await run(side);
    if (rows === null) lacking.push(side);
    else runs[side].push(rows);
  }
  return lacking;
}

/**
 * For people: ratio is new over old, with the least and the most of a round; noise is one side against itself. Beside: the
 * rival that ours took turns with, which tells apart rows of one name.
 */
export function comparisonTable(comparison: RefComparison): string {
  const { rows, missing, missingBenches } = comparison;
  const cells = rows.map(({ name, metric, unit, rival, old, new: current, ratio, noise, verdict }) => [
    name,
    metric,
    unit,
    rival ?? '-',
    spreadText(old),
    spreadText(current),
    `${ratioText(ratio.median)} (${ratioText(ratio.min)}-${ratioText(ratio.max)})`,
    `±${(100 * noise).toFixed(0)}%`,
    verdict,
  ]);
  const sides = [comparison.old, comparison.new];
  const head = ['name', 'metric', 'unit', 'beside', ...sides, 'new / old', 'noise', 'verdict'];
  const notes = [
    ...missingBenches.map(({ name, side }) => `${comparison[side]} has no benchmark ${name}`),
    ...missing.map(
      ({ name, metric, rival, side }) =>
        `${comparison[side]} has no row "${name}" (${metric}${rival === null ? '' : `, ${rival}`})`,
    ),
  ];
  return alignColumns([head, ...cells]) + notes.map((note) => `${note}\n`).join('');
}
