import { access, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../cli/user-error.ts';

/**
 * Makes the folder, with its parents, and proves that files can be written to it.
 * @throws UserError when not; `advice` ends the message
 */
export async function makeWritableFolder(path: string, what: string, advice: string): Promise<void> {
  const probe = join(path, `.probe-${process.pid}`);
  try {
    await makeFolder(path);
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    throw new UserError(`cannot write ${what} ${path} (${codeOf(cause)}). ${advice}`, { cause });
  }
}

/**
 * Makes the folder, with its parents, where it is not there yet. Not `mkdir` with `recursive`: under /proc, where nothing
 * can be made, that never returns (Node 24).
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (codeOf(error) !== 'ENOENT' || (await exists(dirname(path)))) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): string {
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.message;
  return String(error);
}
