import { randomUUID } from 'node:crypto';
import { access, constants, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { makeFolder } from '../kv/writable-folder.ts';

/**
 * Make the folder and see that files can be put there, before any long work.
 * @throws UserError when not
 */
export async function prepareOut(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`--out ${folder} cannot be written: ${reason}. Choose a folder of your own.`, {
      cause,
    });
  }
}

/**
 * Write files that belong together, the last of which is the one that the others describe: all under temporary names first; then
 * the descriptions of the old one go, the new one takes its place, and its own follow. Whenever the process ends, each file is whole,
 * and none lies beside the record of another run.
 * @throws UserError when the disk refuses; temporary files are removed
 */
export async function writeFiles(
  folder: string,
  files: readonly { readonly name: string; readonly content: string | Uint8Array }[],
): Promise<void> {
  const staged = files.map(({ name, content }) => ({
    content,
    temporary: join(folder, `.${name}.${randomUUID()}.tmp`),
    path: join(folder, name),
  }));
  try {
    for (const { temporary, content } of staged) await writeFile(temporary, content, { flush: true });
    for (const { path } of staged.slice(0, -1)) await rm(path, { force: true });
    for (const { temporary, path } of staged.toReversed()) await rename(temporary, path);
  } catch (cause) {
    for (const { temporary } of staged) await rm(temporary, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`writing to ${folder} failed: ${reason}. Nothing was published from it.`, { cause });
  }
}
