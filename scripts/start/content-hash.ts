import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * One hash over the files at these paths (folders with all below them), by name and content: equal when nothing that
 * goes into a build has changed. A path that does not exist counts as such.
 * @param root what the paths are relative to
 */
export async function contentHash(root: string, paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of await filesBelow(root, path)) {
      const content = await readFile(join(root, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
    hash.update('\0');
  }
  return hash.digest('hex');
}

async function filesBelow(root: string, path: string): Promise<string[]> {
  const info = await stat(join(root, path)).catch(() => null);
  if (info === null) return [];
  if (!info.isDirectory()) return [path];
  const names = await readdir(join(root, path));
  const nested = await Promise.all(names.sort().map((name) => filesBelow(root, join(path, name))));
  return nested.flat();
}
