import { readFile } from 'node:fs/promises';
import { AppError } from '../../src/errors.ts';
import { UserError } from './user-error.ts';

/** @throws UserError naming the option and the path, when the file cannot be read */
export async function readInputFile(path: string, option: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UserError(`cannot read ${option} ${path}: ${describe(error)}`, { cause: error });
  }
}

/**
 * Read a file and decode it, naming the option and the path in front of whatever the decoder refuses.
 * @throws UserError when the file cannot be read or `decode` throws an AppError
 */
export async function readInput<T>(
  path: string,
  option: string,
  decode: (bytes: Uint8Array) => T,
): Promise<T> {
  const bytes = await readInputFile(path, option);
  try {
    return decode(bytes);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new UserError(`${option} ${path}: ${error.message}`, { cause: error });
  }
}

function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return `no such file. Check the path; it is taken from ${process.cwd()}.`;
    case 'EISDIR':
      return 'it is a folder, expected a file.';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied.';
    case 'ERR_FS_FILE_TOO_LARGE':
      return 'it is over 2 GiB, more than Node reads at once.';
    default:
      throw error;
  }
}
