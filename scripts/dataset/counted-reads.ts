import type { AsyncBuffer } from 'hyparquet';

/**
 * The file, and a promise of its reads that are under way. hyparquet reads ahead, and where a part cannot be decoded nobody waits for the
 * rest any more: a read that then fails, of a file that is gone by now, would end the process.
 */
export function withCountedReads(file: AsyncBuffer): {
  readonly file: AsyncBuffer;
  readonly settled: () => Promise<unknown>;
} {
  const open = new Set<Promise<boolean>>();
  return {
    file: {
      byteLength: file.byteLength,
      slice(from, to) {
        const bytes = Promise.resolve(file.slice(from, to));
        const end = (): boolean => open.delete(ended);
        const ended: Promise<boolean> = bytes.then(end, end);
        open.add(ended);
        return bytes;
      },
    },
    settled: () => Promise.all(open),
  };
}
