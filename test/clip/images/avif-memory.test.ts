import { describe, expect, it } from 'vitest';
import { readImageHeader } from '../../../src/clip/images/image-header.ts';
import { memoryOf, watchDecoderInstances } from './decoder-instances.ts';
import { decodePixels, nodeDecoder, readImage } from '../fixture-images.ts';

const instances = watchDecoderInstances();

function bytesTaken(): number {
  return instances().reduce((sum, instance) => sum + memoryOf(instance).buffer.byteLength, 0);
}

/** The file with the size property of its boxes changed, and the coded frame as it was. */
function claimSize(name: string, width: number, height: number): Uint8Array {
  const bytes = readImage(name);
  const at = Buffer.from(bytes).indexOf('ispe');
  const view = new DataView(bytes.buffer);
  view.setUint32(at + 8, width);
  view.setUint32(at + 12, height);
  return bytes;
}

describe('an AVIF whose coded frame is larger than its header says', () => {
  it('is refused in little memory', async () => {
    const lying = claimSize('avif-flat-4096.avif', 64, 64);
    expect(readImageHeader(lying)).toEqual({ format: 'avif', width: 64, height: 64 });
    await expect(decodePixels(await nodeDecoder(), lying)).rejects.toMatchObject({ code: 'BAD_IMAGE' });
    // Decoded it would take 100 MB and more.
    expect(bytesTaken()).toBeLessThan(40e6);
  });

  it('is read where its size is what it claims', async () => {
    const { width, height, data } = await decodePixels(
      await nodeDecoder(),
      readImage('avif-flat-4096.avif'),
      2 ** 25,
    );
    expect([width, height]).toEqual([4096, 4096]);
    expect([...data.subarray(0, 3)].map((value, i) => Math.abs(value - [90, 140, 190][i]) <= 3)).toEqual([
      true,
      true,
      true,
    ]);
    expect(bytesTaken()).toBeLessThan(32 * 2 ** 20 + 48 * 2 ** 24);
  });
});
