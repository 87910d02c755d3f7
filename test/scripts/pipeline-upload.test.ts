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
    uploadFolder(bucket, folder, 'set/', () => ({ add: () => undefined, stop: () => undefined }), {
      pieceBytes: PIECE_BYTES,
      pauseMs: 1,
    });
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

it('brings files though another process holds the database for a while, and says what to do where it always does', async () => {
  const bucket = (await miniflare.getR2Bucket('DATASETS')) as unknown as R2Bucket;
  const busyFor = (refusals: number): R2Bucket => {
    let left = refusals;
    const put = (...args: Parameters<R2Bucket['put']>): ReturnType<R2Bucket['put']> =>
      left-- > 0 ? Promise.reject(new Error('put: Unspecified error (0)')) : bucket.put(...args);
    return { head: (key: string) => bucket.head(key), put } as unknown as R2Bucket;
  };
  const small = join(folder, 'small');
  mkdirSync(small);
  writeFileSync(join(small, 'captions.csv'), 'a ship');
  const bring = (to: R2Bucket): Promise<number> =>
    uploadFolder(to, small, 'busy/', () => ({ add: () => undefined, stop: () => undefined }), {
      pieceBytes: PIECE_BYTES,
      pauseMs: 1,
    });
  await expect(bring(busyFor(Infinity))).rejects.toThrow(
    /does not take .*captions\.csv \(put: Unspecified error \(0\)\)\. Where another command uses the same state folder/,
  );
  expect(await bring(busyFor(3))).toBe(1);
  expect(await (await bucket.get('busy/captions.csv'))?.text()).toBe('a ship');
});
