import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDecoder } from '../../../src/clip/images/decode-image.ts';
import { decodePixels, nodeDecoder, readImage } from '../fixture-images.ts';

/** The file with its frame header changed: `offset` 0 is the marker's second byte, 3 the precision, 8 the number of components. */
function withFrame(name: string, offset: number, value: number): Uint8Array {
  const bytes = readImage(name);
  const at = bytes.findIndex((byte, i) => byte === 0xff && /^c[0-29a]$/.test(bytes[i + 1].toString(16)));
  bytes[at + 1 + offset] = value;
  return bytes;
}

describe('a JPEG of a kind that is not read', () => {
  let decode: ImageDecoder;
  beforeAll(async () => {
    decode = await nodeDecoder();
  });

  it.each([
    ['Arithmetic-coded', readImage('jpeg-arithmetic.jpg')],
    ['Arithmetic-coded', withFrame('jpeg-arithmetic.jpg', 0, 0xca)],
    ['Lossless', withFrame('baseline.jpg', 0, 0xc3)],
    ['Lossless', withFrame('baseline.jpg', 0, 0xcb)],
    ['Hierarchical', withFrame('baseline.jpg', 0, 0xc5)],
    ['Hierarchical', withFrame('baseline.jpg', 0, 0xcf)],
    ['Near-lossless (JPEG-LS)', withFrame('baseline.jpg', 0, 0xf7)],
  ])('is named: %s', async (kind, bytes) => {
    await expect(decodePixels(decode, bytes)).rejects.toMatchObject({
      code: 'BAD_IMAGE',
      message: `${kind} JPEG is not supported: expected Huffman coding by DCT`,
    });
  });

  it('is told by its bits a sample and its components', async () => {
    await expect(decodePixels(decode, withFrame('baseline.jpg', 3, 12))).rejects.toThrow(
      'JPEG of 12 bits a sample is not supported: expected 8',
    );
    await expect(decodePixels(decode, withFrame('baseline.jpg', 8, 2))).rejects.toThrow(
      'JPEG of 2 components is not supported: expected 1, 3 or 4',
    );
  });

  it('is refused when its end is missing, which libjpeg would fill with grey', async () => {
    for (const name of ['baseline.jpg', 'progressive.jpg']) {
      const bytes = readImage(name);
      await expect(decodePixels(decode, bytes.subarray(0, bytes.length - 2))).rejects.toThrow(
        /its data ends early$/,
      );
    }
  });
});
