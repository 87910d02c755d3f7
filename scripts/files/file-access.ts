import { readdir } from 'node:fs/promises';
import { UserError } from '../cli/user-error.ts';
import { MAX_TEXT_BYTES, readRegularFile } from './regular-file.ts';
import { decodeText } from './text.ts';

/** @throws UserError when the file cannot be read or is no text as `decodeText` reads it */
export async function readText(path: string): Promise<string> {
  const bytes = await readRegularFile(path, MAX_TEXT_BYTES).catch((cause: unknown) => {
    throw new UserError(`${path} cannot be read: ${reasonOf(cause)}.`, { cause });
  });
  return decodeText(bytes, path);
}

/** The names in a folder, sorted by code unit; none when it is missing. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new UserError(`${folder} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

/** The system's own word for what failed: ENOENT becomes "no such file or directory". */
export function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return /^[A-Z]+: ([^,]+),/.exec(message)?.[1] ?? message;
}

/**
 * What `write` resolves to.
 * @param what is being written, for the message; `advice` ends it
 * @throws UserError when the system refuses (the disk is full, a quota is used up, the file may not be written)
 */
export async function explainWrite<T>(what: string, advice: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    // Only errors of the operating system name the call that failed.
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new UserError(`cannot write ${what}: ${reasonOf(cause)}. ${advice}`, { cause });
  }
}
