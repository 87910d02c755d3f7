import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDecoder } from '../../../src/clip/images/decode-image.ts';
import { compare, decodePixels, nodeDecoder, readImage } from '../fixture-images.ts';

interface Golden {
  readonly width: number;
  readonly height: number;
  /** Of upright RGB, alpha over white. */
  readonly sha256: string;
}

/** What Pillow 9.4 reads from every fixture; made by generate.py. */
const GOLDEN = JSON.parse(
  readFileSync(new URL('../../fixtures/images/golden/pixels.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Golden>>;

/** What Pillow reads and we refuse by name. */
const REFUSED = new Map([['jpeg-arithmetic.jpg', /^Arithmetic-coded JPEG is not supported/]]);

describe('decoding', () => {
  let decode: ImageDecoder;
  beforeAll(async () => {
    decode = await nodeDecoder();
  });

  it.each(Object.entries(GOLDEN).filter(([name]) => !REFUSED.has(name)))(
    'gives the samples of Pillow for %s, every one',
    async (name, golden) => {
      const { width, height, data } = await decodePixels(decode, readImage(name));
      const sha256 = createHash('sha256').update(data).digest('hex');
      expect({ width, height, sha256 }).toEqual(golden);
    },
  );

  // libavif's own command with another version of it: its conversions to RGB round otherwise.
  it.each([
    'avif-420',
    'avif-10-bit',
    'avif-12-bit-full',
    'avif-lossless',
    'alpha',
    'avif-premultiplied',
    'grey',
  ])('gives the samples of avifdec for %s.avif, but for rounding', async (name) => {
    const [ours, golden] = await Promise.all([
      decodePixels(decode, readImage(`${name}.avif`)),
      decodePixels(decode, readImage(`golden/${name}-avif.png`)),
    ]);
    expect(compare(ours, golden).max).toBeLessThanOrEqual(2);
    expect(compare(ours, golden).mean).toBeLessThan(0.3);
  });

  it.each([...REFUSED])('refuses %s by name', async (name, message) => {
    await expect(decodePixels(decode, readImage(name))).rejects.toMatchObject({
      code: 'BAD_IMAGE',
      message: expect.stringMatching(message) as unknown,
    });
  });
});
