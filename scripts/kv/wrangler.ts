import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from './project.ts';

/** wrangler's entry, run by this very Node: npx would put a shell in between that swallows signals. */
export const WRANGLER_ENTRY = join(PROJECT_ROOT, 'node_modules/wrangler/bin/wrangler.js');

/** No usage statistics, no look for updates, no log files: nothing here needs the internet. */
export const QUIET_WRANGLER: Readonly<Record<string, string>> = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};

export interface WranglerResult {
  readonly exitCode: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/**
 * Runs wrangler to its end, without a terminal, so that it asks nothing.
 * @param input what it reads, such as a secret; null for nothing
 */
export function runWrangler(
  args: readonly string[],
  input: string | null = null,
  environment: Readonly<Record<string, string>> = {},
): Promise<WranglerResult> {
  const child = spawn(process.execPath, [WRANGLER_ENTRY, ...args], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...QUIET_WRANGLER, ...environment },
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
    child.on('close', (exitCode) => {
      resolve({ exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8') });
    });
  });
}
