import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { stateFolder } from '../../scripts/kv/project.ts';
import { findFreePort } from '../../scripts/start/free-port.ts';
import { extractBrowser, hasBrowser } from './browser.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Origin of the running server, without a slash at the end. */
    readonly origin: string;
    /** Its state folder. */
    readonly state: string;
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A first start builds the page and makes two selections from the sample pictures, on two busy cores. */
const START_TIMEOUT_MS = 400_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * The real thing, started as a user starts it: `scripts/start.ts` on a free port with a state folder of its own.
 * ALIGNQL_PAGE_ORIGIN=http://127.0.0.1:8787 takes a running server instead, while working on the page.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = process.env.ALIGNQL_PAGE_ORIGIN;
  if (!hasBrowser || running) {
    project.provide('origin', running ?? '');
    project.provide('state', stateFolder());
    if (!hasBrowser)
      console.warn('No headless Chromium for this platform: the tests of the page are skipped.');
    return;
  }
  await extractBrowser();
  const state = await mkdtemp(join(tmpdir(), 'alignql-page-'));
  const port = await findFreePort();
  const server = spawn(process.execPath, ['scripts/start.ts'], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), ALIGNQL_STATE: state },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    await end(server);
    await rm(state, { recursive: true, force: true });
  };
  try {
    await untilReady(server);
  } catch (cause) {
    await stop();
    throw cause;
  }
  project.provide('origin', `http://127.0.0.1:${port}`);
  project.provide('state', state);
  return stop;
}

function untilReady(server: ChildProcess): Promise<void> {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`npm start ${why}:\n${output}`));
    const timer = setTimeout(
      () => fail(`was not ready within ${START_TIMEOUT_MS / 1000} s`),
      START_TIMEOUT_MS,
    );
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (!output.includes('alignql is ready')) return;
      clearTimeout(timer);
      resolve();
    };
    server.stdout?.on('data', read);
    server.stderr?.on('data', read);
    server.once('exit', (code) => {
      clearTimeout(timer);
      // Later than ready, nobody waits on this promise: the tests then fail to connect, and this line says why.
      if (code !== 0) console.error(`npm start ended with code ${code}:\n${output}`);
      fail(`ended with code ${code}`);
    });
  });
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  const timer = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
