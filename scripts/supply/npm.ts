import { spawnSync } from 'node:child_process';
import { UserError } from '../cli/user-error.ts';
import { PROJECT_ROOT } from '../kv/project.ts';

const MAX_OUTPUT_BYTES = 2 ** 26;

/**
 * Ask npm for JSON about the locked packages.
 * @param args such as `['audit', '--json']`
 * @returns what stdout held, whatever the exit code: `npm audit` leaves with 1 on every finding
 * @throws UserError when that is no JSON
 */
export function askNpm(args: readonly string[]): unknown {
  // Under `npm run` that npm, which need not be the one on the path.
  const { npm_execpath: npm } = process.env;
  const [command, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  const { stdout, stderr, error } = spawnSync(command, [...first, ...args], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (error) throw new UserError(`npm cannot be run: ${error.message}`);
  try {
    return JSON.parse(stdout);
  } catch {
    throw new UserError(
      `npm ${args[0]} printed no JSON, but: ${stderr.trim() || stdout.trim() || 'nothing'}`,
    );
  }
}
