import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../scripts/start/free-port.ts';

/** What the tests of `npm start` share: starting it on a port and state of its own, and looking for what it leaves behind. */

export const ROOT = resolve(import.meta.dirname, '../..');
const NODE_VERSION_CHECK = ['--import', join(ROOT, 'scripts/node-version.js')];
export const START = [process.execPath, ...NODE_VERSION_CHECK, join(ROOT, 'scripts/start.ts')];

const launched: Started[] = [];

/** In the environment of every process of one start, wherever it was reparented to. */
const MARK = 'ALIGNQL_TEST_MARK';
/** A first start works for 10 to 20 s on an idle machine, and ten times that on a busy one; tests share theirs. */
const READY_WITHIN_MS = 300_000;
const GONE_WITHIN_MS = 60_000;

export interface Started {
  readonly origin: string;
  readonly state: string;
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Settles with the exit code. */
  readonly exited: Promise<number | null>;
  /** Command lines of the processes of this start that run now. */
  processes(): string[];
  /** The ids of those that are workerd. */
  workerds(): number[];
  kill(): void;
}

export function newState(): string {
  return mkdtempSync(join(tmpdir(), 'alignql-start-'));
}

/** Runs the command (by default the script itself) in a process group of its own. */
export async function launch(state: string, command: readonly string[] = START): Promise<Started> {
  const port = await findFreePort();
  const mark = randomUUID();
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), ALIGNQL_STATE: state, [MARK]: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const started: Started = {
    origin: `http://127.0.0.1:${port}`,
    state,
    child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    exited,
    processes: () => marked(mark).map((pid) => readProc(pid, 'cmdline').replaceAll('\0', ' ')),
    workerds: () =>
      marked(mark)
        .filter((pid) => readProc(pid, 'cmdline').includes('workerd\0serve'))
        .map(Number),
    kill: () => marked(mark).forEach((pid) => killIfThere(Number(pid))),
  };
  launched.push(started);
  return started;
}

/** After the tests: a failed one may have left a server running. */
export function killLaunched(): void {
  for (const started of launched.splice(0)) started.kill();
}

/** Waits for the line that says so. @throws with the output when it does not come */
export async function untilReady(started: Started): Promise<void> {
  await until(
    () => started.stdout().includes('alignql is ready') || started.child.exitCode !== null,
    READY_WITHIN_MS,
  );
  if (!started.stdout().includes('alignql is ready')) {
    throw new Error(`not ready:\n${started.stdout()}\n${started.stderr()}`);
  }
}

/** Waits until no process is left; gives back those that are, after a while. */
export async function leftBehind(started: Started): Promise<string[]> {
  await until(() => started.processes().length === 0, GONE_WITHIN_MS);
  return started.processes();
}

export async function until(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline && !(await condition())) await sleep(100);
}

export async function ask(origin: string, query: string): Promise<unknown> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

/** A process may have ended in between. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Runs a command to its end. */
export async function run(
  script: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, ...output };
}

/** By /proc, where a process keeps its first environment however it is reparented. Zombies have none and do not count. */
function marked(mark: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => readProc(pid, 'environ').includes(`${MARK}=${mark}`));
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it ended in between, or is another user's
  }
}
