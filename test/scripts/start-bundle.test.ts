import { mkdir, mkdtemp, readdir, rm, symlink, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { removeOldest } from '../../scripts/start/bundle.ts';

const cache = await mkdtemp(join(tmpdir(), 'alignql-bundles-'));
afterAll(() => rm(cache, { recursive: true }));

it('removes bundles but the last six, and is not stopped by a folder that is moved away meanwhile', async () => {
  // A link to nothing is what another start leaves between the listing and the look: a name, and no folder.
  await symlink(join(cache, 'moved'), join(cache, 'new-a'));
  for (let i = 0; i < 8; i++) {
    await mkdir(join(cache, `bundle-${i}`));
    await utimes(join(cache, `bundle-${i}`), i, i);
  }
  await removeOldest(cache);
  const kept = (await readdir(cache)).filter((name) => name.startsWith('bundle-')).sort();
  expect(kept).toEqual(['bundle-2', 'bundle-3', 'bundle-4', 'bundle-5', 'bundle-6', 'bundle-7']);
});
