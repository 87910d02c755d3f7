import { type ChildProcess, spawn } from 'node:child_process';

export interface Watched {
  /** Told as it comes; what it says, to either stream, proves that it is alive. */
  readonly onOutput: (chunk: Buffer) => void;
  /** After so much silence it is ended, with all that it started. */
  readonly silenceMs: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Said in place of an exit code. */
export const HUNG = 'hung';

/** After its end, for what it said last; a process that it left behind may hold its output open for ever. */
const DRAIN_MS = 5_000;

/**
 * Runs Node on a program that may hang, and may leave processes behind: it leads a group of processes, which ends with it.
 * @returns its exit code, 1 where a signal ended it, or `HUNG`
 * @throws Error when it cannot be started
 */
export async function runWatched(
  args: readonly string[],
  { onOutput, silenceMs, env = process.env }: Watched,
): Promise<number | typeof HUNG> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env });
  let stoppedBy: NodeJS.Signals | null = null;
  const passOn = (signal: NodeJS.Signals): void => {
    stoppedBy = signal;
    signalGroup(child, signal);
  };
  process.on('SIGINT', passOn);
  process.on('SIGTERM', passOn);
  let hung = false;
  const silence = setTimeout(() => {
    hung = true;
    signalGroup(child, 'SIGKILL');
  }, silenceMs);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      silence.refresh();
      onOutput(chunk);
    });
  }
  try {
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    signalGroup(child, 'SIGKILL');
    await Promise.race([closed, elapsed(DRAIN_MS)]);
    return hung ? HUNG : (code ?? 1);
  } finally {
    clearTimeout(silence);
    process.off('SIGINT', passOn);
    process.off('SIGTERM', passOn);
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    // Whoever stops the tests stops all of them, not only the project that runs.
    if (stoppedBy !== null) process.kill(process.pid, stoppedBy);
  }
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/** All of it may have ended by now. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing is left of it.
  }
}
