import { describe, expect, it } from 'vitest';
import { readImageHeader } from '../../../src/clip/images/image-header.ts';
import { AppError } from '../../../src/errors.ts';
import { decodePixels, nodeDecoder, readImage } from '../fixture-images.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('readImageHeader', () => {
  it.each([
    ['baseline.jpg', { format: 'jpeg', width: 90, height: 66 }],
    ['progressive.jpg', { format: 'jpeg', width: 90, height: 66 }],
    ['exif-6.jpg', { format: 'jpeg', width: 66, height: 90 }],
    ['rgb.png', { format: 'png', width: 90, height: 66 }],
    ['bomb-header.png', { format: 'png', width: 60_000, height: 60_000 }],
    ['animated.gif', { format: 'gif', width: 90, height: 66 }],
    ['lossy.webp', { format: 'webp', width: 90, height: 66 }],
    ['lossless.webp', { format: 'webp', width: 90, height: 66 }],
    ['alpha.webp', { format: 'webp', width: 90, height: 66 }],
    ['animated.webp', { format: 'webp', width: 90, height: 66 }],
  ])('reads the stored size of %s', (name, expected) => {
    expect(readImageHeader(readImage(name))).toEqual(expected);
  });

  it('skips fill bytes and what segments hold, as the decoder does', async () => {
    const picture = readImage('baseline.jpg').subarray(2);
    // Two fill bytes, then an APP0 of 61,440 bytes with a frame header of 4 x 4 where a reader out of step would look.
    const decoyAt = 4 + 0xe0f0;
    const file = new Uint8Array(5 + 0xf000 + picture.length);
    file.set([0xff, 0xd8, 0xff, 0xff, 0xe0, 0xf0, 0x00]);
    file.set([0xff, 0xc0, 0, 17, 8, 0, 4, 0, 4], decoyAt);
    file.set(picture, 5 + 0xf000);
    expect(readImageHeader(file)).toEqual({ format: 'jpeg', width: 90, height: 66 });
    const decoded = await decodePixels(await nodeDecoder(), file, 90 * 66);
    expect([decoded.width, decoded.height]).toEqual([90, 66]);
  });

  it('reads a view into a larger buffer', () => {
    const bytes = readImage('rgb.png');
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(readImageHeader(larger.subarray(3, 3 + bytes.length))).toMatchObject({ width: 90, height: 66 });
  });

  it.each([
    ['nothing', new Uint8Array(0), /^The image is empty/],
    ['a web page', text('<!DOCTYPE html><html></html>'), /^The bytes are an HTML page/],
    ['SVG', text('<svg xmlns="http://www.w3.org/2000/svg"/>'), /^SVG is not supported/],
    ['AVIF', text('\0\0\0\u001cftypavif\0\0\0\0'), /^AVIF is not supported/],
    ['HEIC', text('\0\0\0\u001cftypheic\0\0\0\0'), /^HEIC is not supported/],
    [
      'noise',
      Uint8Array.of(1, 2, 3, 4),
      /^The bytes are no image of a known kind: expected a JPEG, PNG, GIF or WebP file$/,
    ],
    [
      'a JPEG whose scan comes before its frame',
      Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff, 0xc0, 0, 17, 8, 0, 4, 0, 4, 3),
      /^The JPEG header is damaged/,
    ],
    [
      'a JPEG without a frame',
      Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0),
      /^The JPEG header is damaged/,
    ],
    ['a PNG cut in its header', readImage('rgb.png').subarray(0, 18), /^The PNG header is damaged/],
    ['a GIF of width 0', text('GIF89a\0\0\u0001\0\0\0\0'), /^The GIF header is damaged/],
  ])('refuses %s', (_, bytes, message) => {
    const result = readImageHeader(bytes);
    expect(result).toBeInstanceOf(AppError);
    expect(result).toMatchObject({ code: 'BAD_IMAGE', message: expect.stringMatching(message) as unknown });
  });

  it('answers for every cut of every file', () => {
    for (const name of [
      'baseline.jpg',
      'rgb.png',
      'still.gif',
      'lossy.webp',
      'animated.webp',
      'exif-6.webp',
    ]) {
      const bytes = readImage(name);
      for (let length = 0; length < Math.min(bytes.length, 700); length++) {
        const header = readImageHeader(bytes.subarray(0, length));
        expect(header instanceof AppError || header.width * header.height === 90 * 66).toBe(true);
      }
    }
  });
});
