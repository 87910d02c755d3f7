import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDecoder } from '../../../src/clip/images/decode-image.ts';
import { decodePixels, nodeDecoder, readImage } from '../fixture-images.ts';

/** Where a byte string begins in a file. */
function find(bytes: Uint8Array, text: string): number {
  return Buffer.from(bytes).indexOf(Buffer.from(text, 'latin1'));
}

describe('a damaged picture', () => {
  let decode: ImageDecoder;
  beforeAll(async () => {
    decode = await nodeDecoder();
  });
  const refused = (message: RegExp) => ({
    code: 'BAD_IMAGE',
    message: expect.stringMatching(message) as unknown,
  });

  it.each(['still.gif', 'gif-interlaced.gif', 'gif-empty-comment.gif', 'animated.gif'])(
    'is refused: %s cut anywhere in its first frame',
    async (name) => {
      const bytes = readImage(name);
      const whole = await decodePixels(decode, bytes);
      for (let length = 800; length < bytes.length; length += 97) {
        const outcome = await decodePixels(decode, bytes.slice(0, length)).catch((error: unknown) => error);
        // Behind its first frame an animation may be cut.
        if (outcome instanceof Error) expect(outcome).toMatchObject(refused(/^The GIF .*damaged/));
        else expect(outcome).toEqual(whole);
      }
      await expect(decodePixels(decode, bytes.slice(0, 1500))).rejects.toMatchObject(refused(/ends early$/));
    },
  );

  it.each(['IHDR', 'PLTE', 'tRNS', 'IDAT'])('is refused: a PNG with another byte in %s', async (kind) => {
    const bytes = readImage('palette-alpha.png');
    // In the middle of the data, the last byte of the width, or the first byte.
    bytes[find(bytes, kind) + ({ IDAT: 60, IHDR: 7 }[kind] ?? 4)] ^= 1;
    await expect(decodePixels(decode, bytes)).rejects.toMatchObject(refused(/^The PNG .*damaged/));
  });

  it('is read where only what makes no pixel is damaged', async () => {
    const bytes = readImage('png-xmp-packed-6.png');
    bytes[find(bytes, 'XML:com.adobe.xmp') + 30] ^= 255;
    // Stored on its side: the metadata that would turn it is unreadable.
    expect(await decodePixels(decode, bytes)).toMatchObject({ width: 66, height: 90 });
  });

  it('is read where a JPEG holds what looks like a segment longer than the file', async () => {
    const bytes = readImage('baseline-444.jpg');
    bytes.set([0xff, 0xe3, 0xff, 0xff], bytes.length - 40);
    const [damaged, whole] = await Promise.all([
      decodePixels(decode, bytes),
      decodePixels(decode, readImage('baseline-444.jpg')),
    ]);
    expect(damaged.data.subarray(0, 90 * 40 * 3)).toEqual(whole.data.subarray(0, 90 * 40 * 3));
  });

  it('is refused where a WebP animation has its frame outside of its canvas', async () => {
    const bytes = readImage('animated.webp');
    // Left in units of two pixels, three bytes behind the chunk's type and length.
    bytes.set([0xff, 0x0f, 0], find(bytes, 'ANMF') + 8);
    await expect(decodePixels(decode, bytes)).rejects.toMatchObject(refused(/frame outside its canvas$/));
  });
});
