import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../scripts/cli/user-error.ts';
import { runProcess } from './bench-process.ts';

const LOCKFILE = 'package-lock.json';

/**
 * Check a commit out into a temporary folder beside the project, for as long as `use` takes. Its packages are the
 * project's, or installed afresh where the lockfiles differ.
 * @param root folder of the project
 * @param ref whatever git takes for a commit
 * @param use gets the folder and the commit's short hash
 * @throws UserError when there is no such commit, or npm cannot install its packages
 */
export async function withWorktree<T>(
  root: string,
  ref: string,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
  use: (folder: string, commit: string) => Promise<T>,
): Promise<T> {
  const commit = commitOf(root, ref);
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'alignql-ref-')));
  const folder = join(parent, 'project');
  try {
    await checkOut(root, folder, commit, signal);
    await bringPackages(root, folder, signal, tell);
    return await use(folder, commit);
  } finally {
    rmSync(parent, { recursive: true });
    git(root, 'worktree', 'prune');
  }
}

/** @throws UserError when git knows no such commit */
export function commitOf(root: string, ref: string): string {
  try {
    return git(root, 'rev-parse', '--short', '--verify', '--end-of-options', `${ref}^{commit}`);
  } catch (error) {
    throw new UserError(`"${ref}" names no commit of ${root}; git log lists them.`, { cause: error });
  }
}

async function checkOut(root: string, folder: string, commit: string, signal: AbortSignal): Promise<void> {
  const args = ['worktree', 'add', '--detach', folder, commit];
  const { status, stderr } = await runProcess('git', args, root, signal);
  if (status !== 0) throw new Error(`git worktree add ended with ${status}: ${stderr}`);
}

async function bringPackages(
  root: string,
  folder: string,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<void> {
  if (lockfileOf(root) === lockfileOf(folder)) {
    if (existsSync(join(root, 'node_modules'))) {
      symlinkSync(realpathSync(join(root, 'node_modules')), join(folder, 'node_modules'), 'junction');
    }
    return;
  }
  tell(`compare: the lockfiles differ, so npm ci installs the packages of ${folder}`);
  const { status, stderr } = await runProcess('npm', ['ci', '--no-audit', '--no-fund'], folder, signal);
  if (status === 0) return;
  throw new UserError(`npm ci in ${folder} ended with ${status}:\n${stderr.trimEnd()}`);
}

function lockfileOf(folder: string): string | null {
  const path = join(folder, LOCKFILE);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

function git(root: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
