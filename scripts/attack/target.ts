import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import { findFreePort } from '../start/free-port.ts';

/** The server that is attacked. */
export interface Target {
  /** Such as http://127.0.0.1:8787 */
  readonly origin: string;
  /** Its KV and caches, where this process started it; null where it runs already. */
  readonly state: string | null;
  stop(): Promise<void>;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);
const START_TIMEOUT_MS = 400_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * A server that runs already.
 * @throws UserError unless it is an http origin of this machine: an attack on another one is none of ours to run
 */
export function attachTarget(endpoint: string): Target {
  const url = URL.parse(endpoint);
  if (url === null || url.protocol !== 'http:' || url.username !== '' || !LOOPBACK.has(url.hostname)) {
    throw new UserError(
      `--endpoint ${endpoint}: expected a server of this machine, such as http://127.0.0.1:8787. An attack runs on loopback only.`,
    );
  }
  return { origin: url.origin, state: null, stop: async () => undefined };
}

/** `npm start` on a free port, with a state folder of its own that is removed in the end. */
export async function startTarget(tell: (line: string) => void): Promise<Target> {
  const state = await mkdtemp(join(tmpdir(), 'alignql-attack-'));
  const port = await findFreePort();
  tell(`Starting a server on port ${port}…`);
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'scripts/start.ts')], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, PORT: String(port), ALIGNQL_STATE: state, AUTH: 'open' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    }
    await rm(state, { recursive: true, force: true });
  };
  try {
    await new Promise<void>((resolve, reject) => {
      let output = '';
      const fail = (why: string): void => reject(new Error(`npm start ${why}:\n${output}`));
      const timer = setTimeout(() => fail('was not ready in time'), START_TIMEOUT_MS);
      const read = (chunk: Buffer): void => {
        output = (output + chunk.toString()).slice(-20_000);
        if (!output.includes('alignql is ready')) return;
        clearTimeout(timer);
        output = '';
        resolve();
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => fail(`ended with ${code}`));
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { origin: `http://127.0.0.1:${port}`, state, stop };
}
