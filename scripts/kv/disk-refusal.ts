import { randomBytes, randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** SQLite needs room for its own pages, even to read. */
const ROOM_BYTES = 256 * 1024;

/**
 * Why workerd cannot work in a folder. It says "internal error" whatever failed; a file of as many bytes tells whether the disk
 * is the reason.
 * @param bytes that were to be written
 * @returns the system's error (the disk is full, a quota is used up, the folder is read-only), or null when the file could be written
 */
export async function findDiskRefusal(folder: string, bytes: number): Promise<Error | null> {
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    // Not zeros: some file systems store those in no space at all.
    await writeFile(probe, randomBytes(bytes + ROOM_BYTES));
    return null;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return atFolder(error, folder);
    throw error;
  } finally {
    await rm(probe, { force: true });
  }
}

/** The name of the probe would tell a person nothing. */
function atFolder(error: Error, folder: string): Error {
  return Object.assign(error, { path: folder });
}
