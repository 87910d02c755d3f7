import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { R2Bucket } from '@cloudflare/workers-types';
import { UserError } from '../cli/user-error.ts';
import { walkFolder } from '../files/walk-folder.ts';
import type { StartProgress } from '../cli/progress.ts';

/** Puts the files of a folder under a prefix of the local bucket, those that are not there with the same length. @returns how many */
export async function uploadFolder(
  bucket: R2Bucket,
  folder: string,
  prefix: string,
  startProgress: StartProgress,
): Promise<number> {
  const { files } = await walkFolder(folder, (name) => name.startsWith('.'));
  const broken = files.find(({ problem }) => problem !== null);
  if (broken !== undefined) throw new UserError(`${broken.path}: ${broken.problem}`);
  if (files.length === 0) throw new UserError(`${folder} holds no file to bring to the bucket`);
  const progress = startProgress('files', files.length);
  let written = 0;
  try {
    for (const { path } of files) {
      const key = prefix + relative(folder, path).split(sep).join('/');
      const bytes = await readFile(path);
      if ((await bucket.head(key))?.size !== bytes.length) {
        await bucket.put(key, bytes);
        written++;
      }
      progress.add(1);
    }
  } finally {
    progress.stop();
  }
  return written;
}
