import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { UserError } from '../cli/user-error.ts';

/**
 * Make a folder that one process at a time writes to. The lock is a file beside it with the process' id; one whose process is gone
 * counts for nothing.
 * @returns what gives it back; may be called twice
 * @throws UserError when another process has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = `${folder}.lock`;
  const holder = Number(await readFile(file, 'utf8').catch(() => ''));
  if (holder > 0 && isRunning(holder)) {
    throw new UserError(`Another fetch (process ${holder}) is at work on ${folder}: wait for it.`);
  }
  await rm(file, { force: true });
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UserError(`Another fetch has just begun on ${folder}: wait for it.`, { cause: error });
  }
  await mkdir(folder, { recursive: true });
  return () => rm(file, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
