import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCAL_ENVIRONMENT, PROJECT_ROOT } from '../kv/project.ts';
import { QUIET_WRANGLER, WRANGLER_ENTRY } from '../kv/wrangler.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly configs: readonly string[];
  /** KV, caches: what outlives the server. */
  readonly persist: string;
  /** Where servers of one machine find each other; a folder of its own keeps two installations apart. */
  readonly registry: string;
  readonly isVerbose: boolean;
}

export interface Server {
  /** Settles when the process has ended, with its exit code. */
  readonly ended: Promise<number | null>;
  /** Ends it and all its children. */
  stop(): Promise<void>;
}

/** For wrangler to end, and after it for what is left of its group. */
const STOP_PATIENCE_MS = 5_000;
const GROUP_PATIENCE_MS = 1_000;
const POLL_MS = 50;

/** Starts both Workers under `wrangler dev`; its output goes to stderr. */
export function startServer(options: ServerOptions): Server {
  const { host, port, configs, persist, registry, isVerbose } = options;
  const args = [
    'dev',
    ...configs.flatMap((config) => ['-c', config]),
    ...['--env', LOCAL_ENVIRONMENT, '--ip', host, '--port', String(port), '--inspector-port', '0'],
    ...['--persist-to', persist, '--show-interactive-dev-session=false'],
    ...['--log-level', isVerbose ? 'log' : 'error'],
  ];
  // A process group of its own: Ctrl-C in the terminal reaches this script alone, which then ends the group in order.
  const child = spawn(process.execPath, [WRANGLER_ENTRY, ...args], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...QUIET_WRANGLER, WRANGLER_REGISTRY_PATH: registry },
    stdio: ['ignore', process.stderr, process.stderr],
    detached: true,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (exitCode) => resolve(exitCode));
  });
  // However this process ends, short of SIGKILL: nothing outlives it.
  process.on('exit', () => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  });
  return { ended, stop: () => stopGroup(child, ended) };
}

async function stopGroup({ pid }: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (pid === undefined) return; // never started
  signalGroup(pid, 'SIGTERM');
  await Promise.race([ended, sleep(STOP_PATIENCE_MS)]);
  for (let waitedMs = 0; waitedMs < GROUP_PATIENCE_MS; waitedMs += POLL_MS) {
    if (!signalGroup(pid, 0)) return;
    await sleep(POLL_MS);
  }
  signalGroup(pid, 'SIGKILL');
}

/** Whether the group still has a process to signal. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    // Windows has no groups; wrangler ends its own children there.
    return process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
