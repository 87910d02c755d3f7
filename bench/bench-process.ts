import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { BenchRow } from './measure.ts';

/** Why a run ended early: the user said so. */
export class StoppedError extends Error {
  constructor() {
    super('stopped');
    this.name = 'StoppedError';
  }
}

/**
 * Run one benchmark of a project in a fresh process. What it tells meanwhile is shown only when it fails.
 * @param root the project's folder
 * @param signal ends the process and all that it has started
 * @returns its rows, or null when that project has no such benchmark
 * @throws StoppedError after the signal; Error when the process failed
 */
export async function runBench(root: string, name: string, signal: AbortSignal): Promise<BenchRow[] | null> {
  const output = await runProcess(process.execPath, ['bench/run.ts', name, '--json'], root, signal);
  if (output.status === 0) return (JSON.parse(output.stdout) as { rows: BenchRow[] }).rows;
  if (output.status === 1 && output.stderr.includes('Allowed choices')) return null;
  process.stderr.write(output.stderr);
  throw new Error(`benchmark ${name} in ${root} ended with ${output.status}`);
}

/**
 * Run a program in a process group of its own, so that a signal reaches what it starts, too.
 * @throws StoppedError after the signal
 */
export async function runProcess(
  program: string,
  args: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  if (signal.aborted) throw new StoppedError();
  const isWindows = process.platform === 'win32';
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: !isWindows,
    // There npm is a script of the shell's.
    shell: isWindows && program === 'npm',
  });
  const stop = (): void => {
    if (child.pid === undefined) return;
    if (isWindows) child.kill();
    else process.kill(-child.pid, 'SIGTERM');
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    if (signal.aborted) throw new StoppedError();
    return { status, stdout, stderr };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
