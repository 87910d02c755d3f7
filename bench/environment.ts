import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** What a figure depends on beside the code; `load` is the one-minute average before and after, and tells of company. */
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
}

/**
 * Looks at the machine now; the function it gives looks again at the end.
 * @param root folder of the project
 */
export function observeEnvironment(root: string): () => Environment {
  const start = loadavg()[0];
  const date = new Date().toISOString();
  return () => ({
    node: process.version,
    workerd: packageVersion(root, 'workerd'),
    cpu: cpus()[0].model,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e8) / 10,
    load: { start, end: loadavg()[0] },
    commit: commitOf(root),
    date,
  });
}

/** In one line, for people. */
export function environmentLine(environment: Environment): string {
  const { node, workerd, cpu, cores, memoryGb, load, commit, date } = environment;
  const parts = [
    `Node ${node}`,
    `workerd ${workerd ?? 'not installed'}`,
    `${cores} × ${cpu}`,
    `${memoryGb} GB`,
    `load ${load.start.toFixed(1)} to ${load.end.toFixed(1)}`,
    `commit ${commit ?? 'unknown'}`,
    date,
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
