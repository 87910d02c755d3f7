import { describe, expect, it } from 'vitest';
import { type ByteStream, type CorpusKv, readParts } from '../../src/storage/corpus-kv.ts';
import { storageError } from '../format/storage-error.ts';

/** A stream of the parts, which then ends or breaks. */
function streamOf(parts: readonly Uint8Array[], failure?: Error) {
  const left = [...parts];
  const cancelled: unknown[] = [];
  const stream = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const part = left.shift();
      if (part) controller.enqueue(part.slice());
      else if (failure) controller.error(failure);
      else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
    cancel: (reason) => void cancelled.push(reason),
  });
  const get = (): Promise<ByteStream> => Promise.resolve(stream as unknown as ByteStream);
  return { kv: { get } as unknown as CorpusKv, cancelled };
}

async function partsOf(kv: CorpusKv, most = Infinity): Promise<number[][]> {
  const seen: number[][] = [];
  for await (const part of (await readParts(kv, 'x')) ?? []) {
    seen.push([...part]);
    if (seen.length === most) break;
  }
  return seen;
}

describe('a value in parts', () => {
  it('comes whole, in order, in parts of at most 64 KiB', async () => {
    const bytes = Uint8Array.from({ length: 150_000 }, (_, i) => i % 251);
    const { kv, cancelled } = streamOf([bytes.subarray(0, 7), bytes.subarray(7)]);
    const seen = await partsOf(kv);
    expect(Uint8Array.from(seen.flat())).toEqual(bytes);
    expect(Math.max(...seen.map((part) => part.length))).toBeLessThanOrEqual(65_536);
    expect(cancelled).toEqual([]);
  });

  it('is not read on once nobody asks for more', async () => {
    const { kv, cancelled } = streamOf([Uint8Array.of(1), Uint8Array.of(2)]);
    expect(await partsOf(kv, 1)).toEqual([[1]]);
    expect(cancelled).toHaveLength(1);
  });

  it('says that storage failed when it breaks off', async () => {
    const { kv } = streamOf([Uint8Array.of(1)], new Error('connection lost'));
    await expect(partsOf(kv)).rejects.toThrow(storageError(/did not read/));
  });
});
