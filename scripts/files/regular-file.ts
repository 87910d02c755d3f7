import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

const MEBIBYTE = 2 ** 20;
/** What Node reads at once. */
export const MAX_FILE_BYTES = 2 ** 31 - 1;
/** What V8 holds as one string. */
export const MAX_TEXT_BYTES = 2 ** 29 - 24;
/** A camera's largest raw picture takes a third of it. */
export const MAX_PICTURE_BYTES = 256 * MEBIBYTE;

/** A file that is there but will not be read; the message says why, without the path. */
export class FileRefusedError extends Error {
  override readonly name = 'FileRefusedError';
}

/**
 * See that a path leads to a regular file, through links or not. A pipe would be waited for without end, and a device such as
 * /dev/zero read without end.
 * @param maxBytes what the file may hold
 * @throws FileRefusedError when it is of another kind or longer, or what the file system throws
 */
export async function assertRegularFile(path: string, maxBytes = Infinity): Promise<Stats> {
  const info = await stat(path);
  const problem = regularProblem(info, maxBytes);
  if (problem !== null) throw new FileRefusedError(problem);
  return info;
}

/** Why it is no regular file of at most so many bytes; null when it is one. */
export function regularProblem(info: Stats, maxBytes = Infinity): string | null {
  if (info.isDirectory()) return 'it is a folder, expected a file';
  if (!info.isFile()) return `it is a ${specialKind(info)}, expected a regular file`;
  if (info.size <= maxBytes) return null;
  return `it has ${Math.ceil(info.size / MEBIBYTE)} MiB, more than the ${Math.floor(maxBytes / MEBIBYTE)} that are read`;
}

function specialKind(info: Stats): string {
  if (info.isFIFO()) return 'named pipe (FIFO)';
  if (info.isSocket()) return 'socket';
  return info.isCharacterDevice() || info.isBlockDevice() ? 'device' : 'special file';
}

/** Open for reading. @throws as `assertRegularFile` */
export async function openRegularFile(path: string, maxBytes = Infinity): Promise<FileHandle> {
  await assertRegularFile(path, maxBytes);
  // Should the path have changed in between: opening a pipe does not wait.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const problem = regularProblem(await file.stat(), maxBytes);
  if (problem === null) return file;
  await file.close();
  throw new FileRefusedError(problem);
}

/** All bytes of a file. @throws as `assertRegularFile` */
export async function readRegularFile(path: string, maxBytes = MAX_FILE_BYTES): Promise<Buffer> {
  const file = await openRegularFile(path, maxBytes);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}
