import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder, withNewFolder } from '../../scripts/kv/writable-folder.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: root } = temporaryFolder();
const fail = async (path: string, file?: string): Promise<void> => {
  const work = withNewFolder(path, async () => {
    await makeFolder(path);
    if (file !== undefined) writeFileSync(join(path, file), '');
    throw new Error('refused');
  });
  await expect(work).rejects.toThrow('refused');
};

it('takes away what it made for work that fails, and nothing else', async () => {
  mkdirSync(join(root(), 'there'));
  await fail(join(root(), 'there/a/b'));
  expect(existsSync(join(root(), 'there/a'))).toBe(false);
  expect(existsSync(join(root(), 'there'))).toBe(true);
  // A folder that was empty before stays, and so does one with something in it.
  await fail(join(root(), 'there'));
  expect(existsSync(join(root(), 'there'))).toBe(true);
  await fail(join(root(), 'c/d'), 'journal');
  expect(existsSync(join(root(), 'c/d/journal'))).toBe(true);
});

it('keeps the folder of work that ends well', async () => {
  const path = join(root(), 'made');
  expect(await withNewFolder(path, () => makeFolder(path).then(() => 'done'))).toBe('done');
  expect(existsSync(path)).toBe(true);
});
