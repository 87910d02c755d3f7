import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import type { R2Bucket } from '@cloudflare/workers-types';
import { afterAll, expect, it } from 'vitest';
import { uploadFolder } from '../../scripts/pipeline/upload-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'alignql-test-'));
const miniflare = new Miniflare({
  modules: true,
  script: 'export default { fetch: () => new Response() }',
  r2Buckets: ['DATASETS'],
});
afterAll(async () => {
  await miniflare.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** R2 takes no smaller piece but the last. */
const PIECE_BYTES = 5 * 1024 * 1024;

it('brings files whose bytes are not there, edited ones of the same length too, large ones in pieces', async () => {
  const bucket = (await miniflare.getR2Bucket('DATASETS')) as unknown as R2Bucket;
  const bring = (): Promise<number> =>
    uploadFolder(
      bucket,
      folder,
      'set/',
      () => ({ add: () => undefined, stop: () => undefined }),
      PIECE_BYTES,
    );
  const large = Buffer.alloc(PIECE_BYTES + 7, 'abc');
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'captions.csv'), 'a kite');
  writeFileSync(join(folder, 'in/large.tar'), large);
  expect(await bring()).toBe(2);
  expect(await bring()).toBe(0);
  writeFileSync(join(folder, 'captions.csv'), 'a boat');
  large[PIECE_BYTES + 1] ^= 1;
  writeFileSync(join(folder, 'in/large.tar'), large);
  expect(await bring()).toBe(2);
  expect(await (await bucket.get('set/captions.csv'))?.text()).toBe('a boat');
  const kept = await bucket.get('set/in/large.tar');
  expect(large.equals(new Uint8Array((await kept?.arrayBuffer()) ?? new ArrayBuffer()))).toBe(true);
});
