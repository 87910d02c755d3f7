import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readImageHeader } from '../../../src/clip/images/image-header.ts';
import { countPixelPasses } from '../../../src/clip/images/pixel-passes.ts';
import { AppError } from '../../../src/errors.ts';
import { nodeDecoder, readImage } from '../fixture-images.ts';
import { tiledJpeg } from '../large-pictures.ts';

const SIDE = 4096;

function costly(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../fixtures/costly-images/${name}`, import.meta.url)));
}

function passes(bytes: Uint8Array): number {
  const header = readImageHeader(bytes);
  if (header instanceof AppError) throw header;
  return countPixelPasses(bytes, header);
}

describe('countPixelPasses', () => {
  it.each([
    ['baseline.jpg', 1, 0.5],
    // YCbCr in ten scans by libjpeg's script: two of three components, eight of one.
    ['progressive.jpg', 0.25 + 3 / 8 + 14 / 32, 0.5],
    ['large.jpg', 0.25 + 3 / 8 + 14 / 32, 0.5],
    ['rgb.png', 1],
    ['palette.png', 1],
    ['interlaced.png', 1.25],
    ['16-bit.png', 2],
    ['still.gif', 1],
    ['lossy.webp', 1.5],
    ['alpha.webp', 2],
    ['lossless.webp', 1.5],
    ['avif-420.avif', 4, 10],
  ])('of %s is its pixels times %d, and its bytes', (name, times, aByte = 0) => {
    const bytes = readImage(name);
    const header = readImageHeader(bytes);
    if (header instanceof AppError) throw header;
    expect(passes(bytes)).toBe(Math.ceil(header.width * header.height * times + aByte * bytes.length));
  });

  it('counts half of a JPEG that is decoded at reduced size', () => {
    const bytes = tiledJpeg(4, 4);
    expect(passes(bytes)).toBe(Math.ceil((2048 * 1536 + bytes.length) / 2));
    const narrow = tiledJpeg(16, 1);
    expect(passes(narrow)).toBe(Math.ceil(8192 * 384 + narrow.length / 2));
  });

  it('counts the scans of a JPEG', () => {
    const bytes = costly('jpg-short-k3.jpg');
    expect(passes(bytes)).toBe(Math.ceil(SIDE * SIDE * (0.25 + 1 / 8 + 100 / 32) + bytes.length / 2));
  });
});

describe('the decoder', () => {
  const options = { maxPixels: SIDE * SIDE, shortSide: 112 };

  it('refuses a picture of very many passes before it decodes it', async () => {
    const decode = await nodeDecoder();
    await expect(decode(costly('jpg-short-k3.jpg'), options, () => 'decoded')).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message:
        'Expected a picture of at most 50331648 pixel passes, got 58738640: JPEG of 4096 x 4096 pixels in 100 scans.',
    });
  });

  it('decodes the largest plain picture', async () => {
    const decode = await nodeDecoder();
    expect(await decode(costly('png1-gray.png'), options, ({ width, height }) => [width, height])).toEqual([
      SIDE,
      SIDE,
    ]);
  });
});
