import { join } from 'node:path';
import { type EndedProgram, runNode } from '../cli/run-node.ts';
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

/**
 * Runs wrangler to its end, without a terminal, so that it asks nothing.
 * @param input what it reads, such as a secret; null for nothing
 */
export function runWrangler(
  args: readonly string[],
  input: string | null = null,
  environment: Readonly<Record<string, string>> = {},
): Promise<EndedProgram> {
  return runNode([WRANGLER_ENTRY, ...args], {
    cwd: PROJECT_ROOT,
    environment: { ...QUIET_WRANGLER, ...environment },
    input,
  });
}
