import { spawn } from 'node:child_process';

/** How a program of Node ended, and what it wrote. */
export interface EndedProgram {
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

interface RunOptions {
  readonly cwd?: string;
  /** Of the program, beside what this one has. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads, such as a secret; nothing unless given. */
  readonly input?: string | null;
}

/**
 * Runs a program by this Node, to its end.
 * @param args options of Node, the file, and what it is given
 * @throws when it cannot be started
 */
export function runNode(
  args: readonly string[],
  { cwd, environment, input = null }: RunOptions,
): Promise<EndedProgram> {
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // It may end without having read.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) =>
      // Decoded whole: a character may lie in two chunks.
      resolve({
        exitCode,
        signal,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString('utf8'),
      }),
    );
  });
}
