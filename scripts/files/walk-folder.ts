import { type Dirent, existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { regularProblem } from './regular-file.ts';

/** A file below a folder; `problem` says why it cannot be read, where that shows already. */
interface FoundFile {
  readonly path: string;
  readonly problem: string | null;
}

interface Walk {
  /** By path, in the order of its code units. */
  readonly files: readonly FoundFile[];
  /** Links to a folder that they lie in, which would go round for ever: passed over. */
  readonly loops: readonly string[];
}

/** More entries than any dataset of single files has; folders that link to each other multiply. */
const MAX_FILES = 20_000_000;

/**
 * Every file below a folder, through links to files and folders, as `find -L` has them.
 * @param skip names of files and folders to leave out
 * @throws UserError when a folder cannot be read, or holds too many files
 */
export async function walkFolder(root: string, skip: (name: string) => boolean): Promise<Walk> {
  const files: FoundFile[] = [];
  const loops: string[] = [];
  const visit = async (folder: string, above: readonly string[]): Promise<void> => {
    const real = await realpath(folder);
    if (above.includes(real)) {
      loops.push(relative(root, folder));
      return;
    }
    for (const entry of await entriesOf(folder)) {
      if (skip(entry.name)) continue;
      const path = join(folder, entry.name);
      const problem = await problemOf(entry, path);
      if (problem === 'folder') await visit(path, [...above, real]);
      else files.push({ path, problem });
    }
    if (files.length > MAX_FILES) throw new UserError(`${root} holds more than ${MAX_FILES} files`);
  };
  await visit(root, []);
  // The order of a directory differs between file systems, the order of the result must not.
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, loops };
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new UserError(`${folder} cannot be read: ${codeOf(cause)}`, { cause });
  });
}

/** Null for a file that can be read, as far as its kind tells. */
async function problemOf(entry: Dirent, path: string): Promise<string | null> {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) {
    // Node has put U+FFFD for bytes of the name that are not UTF-8, and the file cannot be opened by that.
    return entry.name.includes('\uFFFD') && !existsSync(path) ? 'its name is not UTF-8' : null;
  }
  try {
    const info = await stat(path);
    return info.isDirectory() ? 'folder' : regularProblem(info);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT') return 'it is a link to a file that is not there';
    if (code === 'ELOOP') return 'it is a link that leads to itself';
    return `it cannot be read: ${code}`;
  }
}

function codeOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  throw cause;
}
