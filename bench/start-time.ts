/**
 * How long `npm start` takes: `node bench/start-time.ts` starts it on a fresh state folder, and again on the same one. The
 * bundles and the page are made anew by the first. Prints seconds, and the machine's load before each.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../scripts/kv/project.ts';

const PORT = process.env.PORT ?? '8791';

async function secondsToReady(state: string): Promise<{ readonly seconds: number; readonly load: number }> {
  const [load] = loadavg();
  const startedMs = performance.now();
  const server = spawn(process.execPath, ['scripts/start.ts'], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, PORT, ALIGNQL_STATE: state },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => server.on('exit', resolve));
  await Promise.race([new Promise((resolve) => server.stdout.once('data', resolve)), ended]);
  if (server.exitCode !== null) throw new Error(`npm start ended with code ${server.exitCode}`);
  const seconds = (performance.now() - startedMs) / 1000;
  server.kill('SIGTERM');
  await ended;
  return { seconds: Number(seconds.toFixed(1)), load: Number(load.toFixed(2)) };
}

const state = mkdtempSync(join(tmpdir(), 'alignql-start-'));
try {
  rmSync(join(PROJECT_ROOT, 'node_modules/.cache/alignql'), { recursive: true, force: true });
  const first = await secondsToReady(state);
  const second = await secondsToReady(state);
  process.stdout.write(`${JSON.stringify({ first, second })}\n`);
} finally {
  rmSync(state, { recursive: true });
}
