import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import type { BenchRow } from './measure.ts';
import { processorName } from './processor.ts';

/**
 * What a figure depends on beside the code. `load` is the one-minute average: before, that of the machine without the
 * benchmark, which tells of company, and after.
 */
export interface Environment {
  readonly node: string;
  readonly workerd: string | null;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly load: { readonly start: number; readonly end: number };
  /** Short hash, with `+` behind it where files differ from it; null outside of a repository. */
  readonly commit: string | null;
  /** UTC, when the run began. */
  readonly date: string;
  /** How long the run took. */
  readonly seconds: number;
}

/**
 * Looks at the machine now; the function it gives looks again at the end.
 * @param root folder of the project
 */
export function observeEnvironment(root: string): () => Environment {
  const start = loadavg()[0];
  const date = new Date().toISOString();
  const begin = performance.now();
  return () => ({
    node: process.version,
    workerd: packageVersion(root, 'workerd'),
    cpu: processorName(),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e8) / 10,
    load: { start, end: loadavg()[0] },
    commit: commitOf(root),
    date,
    seconds: Math.round((performance.now() - begin) / 1000),
  });
}

/**
 * In one line, for people.
 * @param rows tell what linear algebra their rivals ran on
 */
export function environmentLine(
  environment: Environment,
  rows: readonly Pick<BenchRow, 'rival'>[] = [],
): string {
  const { node, workerd, cpu, cores, memoryGb, load, commit, date, seconds } = environment;
  const kernels = new Set(rows.flatMap(({ rival }) => rival?.kernel ?? []));
  const parts = [
    `Node ${node}`,
    `workerd ${workerd ?? 'not installed'}`,
    `${cores} × ${cpu}`,
    `${memoryGb} GB`,
    `load ${load.start.toFixed(1)} before and ${load.end.toFixed(1)} after`,
    ...[...kernels].map((kernel) => `Python rivals on ${kernel}, one thread`),
    `commit ${commit ?? 'unknown'}`,
    date,
    `took ${seconds} s`,
  ];
  return parts.join(', ');
}

function packageVersion(root: string, name: string): string | null {
  try {
    const text = readFileSync(`${root}/node_modules/${name}/package.json`, 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function commitOf(root: string): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', '--short', 'HEAD') + (changed ? '+' : '');
  } catch {
    // A probe: without git or outside of a repository there is no commit to name.
    return null;
  }
}
