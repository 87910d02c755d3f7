import { randomUUID } from 'node:crypto';
import { access, mkdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../cli/user-error.ts';

/**
 * Makes the folder, with its parents, and proves that files can be written to it.
 * @throws UserError when not; `advice` ends the message
 */
export async function makeWritableFolder(path: string, what: string, advice: string): Promise<void> {
  const probe = join(path, `.probe-${randomUUID()}`);
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

/**
 * Runs work that is to write to a folder that it makes first, so that what cannot be written is known before it. When it fails, the
 * folders that were not there before go again, unless something lies in them.
 */
export async function withNewFolder<T>(path: string, work: () => Promise<T>): Promise<T> {
  const missing: string[] = [];
  for (let folder = resolve(path); !(await exists(folder)); folder = dirname(folder)) missing.push(folder);
  try {
    return await work();
  } catch (error) {
    await removeWhileEmpty(missing);
    throw error;
  }
}

/** @param folders the innermost first */
async function removeWhileEmpty(folders: readonly string[]): Promise<void> {
  try {
    for (const folder of folders) await rmdir(folder);
  } catch {
    // Something lies in it, or it was never made: so do all that hold it.
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
