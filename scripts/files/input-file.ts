import { AppError } from '../../src/errors.ts';
import { FileRefusedError, MAX_FILE_BYTES, readRegularFile } from './regular-file.ts';
import { UserError } from '../cli/user-error.ts';

/** @throws UserError naming the option and the path, when it is no regular file, too long or cannot be read */
export async function readInputFile(
  path: string,
  option: string,
  maxBytes = MAX_FILE_BYTES,
): Promise<Uint8Array> {
  try {
    return await readRegularFile(path, maxBytes);
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
  if (error instanceof FileRefusedError) return `${error.message}.`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return `no such file. Check the path; it is taken from ${process.cwd()}.`;
    case 'ENOTDIR':
      return 'a part of the path is a file, not a folder.';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied.';
    default:
      throw error;
  }
}
