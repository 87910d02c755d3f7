import { expect, it } from 'vitest';
import { withCountedReads } from '../../scripts/dataset/counted-reads.ts';

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
};

it('waits for the reads that are under way, whether anybody else does', async () => {
  const reads: PromiseWithResolvers<ArrayBuffer>[] = [];
  const { file, settled } = withCountedReads({
    byteLength: 8,
    slice: () => {
      const read = Promise.withResolvers<ArrayBuffer>();
      reads.push(read);
      return read.promise;
    },
  });
  const first = file.slice(0, 4);
  void file.slice(4, 8);
  let isSettled = false;
  const waiting = settled().then(() => (isSettled = true));
  reads[0].resolve(new ArrayBuffer(4));
  expect(await first).toHaveProperty('byteLength', 4);
  await turns();
  expect(isSettled).toBe(false);
  // Nobody waits for the second: without a handler Node ends the process, and vitest the run.
  reads[1].reject(new Error('the file is gone'));
  await waiting;
  await turns();
  expect(isSettled).toBe(true);
});

it('passes on what a read gives or fails by', async () => {
  const { file, settled } = withCountedReads({
    byteLength: 8,
    slice: (start) => {
      if (start > 0) return Promise.reject(new Error('unreadable'));
      return new ArrayBuffer(2);
    },
  });
  expect(file.byteLength).toBe(8);
  expect(await file.slice(0, 2)).toHaveProperty('byteLength', 2);
  await expect(file.slice(2, 4)).rejects.toThrow('unreadable');
  await settled();
});
