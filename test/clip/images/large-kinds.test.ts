import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDecoder } from '../../../src/clip/images/decode-image.ts';
import type { RgbRows } from '../../../src/clip/images/raster.ts';
import { decodePixels, nodeDecoder } from '../fixture-images.ts';
import { bandedPng, plainWebp, tiledJpeg } from '../large-pictures.ts';

let decode: ImageDecoder;
beforeAll(async () => {
  decode = await nodeDecoder();
});

describe('pictures of 100 megapixels', () => {
  /** Size, and the RGB of a pixel in the last column. */
  const glance = ({ width, height, readRow }: RgbRows): { size: number[]; rgb: number[] } => {
    const rgb = new Uint8Array(3);
    readRow(height >> 1, width - 1, width, rgb);
    return { size: [width, height], rgb: [...rgb] };
  };
  const limits = { maxPixels: 100_000_000, shortSide: null };

  it('are read from PNG', async () => {
    const seen = await decode(bandedPng(10_000, 10_000), limits, glance);
    expect(seen).toEqual({ size: [10_000, 10_000], rgb: [255, 255, 255] });
  });

  it('are read from WebP', async () => {
    const seen = await decode(plainWebp(10_000, 10_000, [200, 100, 50]), limits, glance);
    expect(seen).toEqual({ size: [10_000, 10_000], rgb: [200, 100, 50] });
  });

  it('are read from JPEG, at an eighth where little is needed', async () => {
    const seen = await decode(tiledJpeg(22, 23), { ...limits, shortSide: 96 }, glance);
    expect(seen.size).toEqual([11_264 / 8, 8832 / 8]);
  });

  it('are told from larger ones', async () => {
    await expect(decode(plainWebp(10_001, 10_000, [0, 0, 0]), limits, glance)).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: 'The image has 10001 x 10000 = 100010000 pixels, expected at most 100000000',
    });
  });
});

describe('a GIF whose first frame is larger than its decoder takes', () => {
  it('is named, not called damaged', async () => {
    const gif = Uint8Array.from([
      ...new TextEncoder().encode('GIF89a'),
      ...[0, 16, 1, 12, 0x80, 0, 0, 0, 0, 0, 255, 255, 255], // 4096 x 3073, two colours
      ...[0x2c, 0, 0, 0, 0, 0, 16, 1, 12, 0, 2, 2, 0x4c, 1, 0, 0x3b],
    ]);
    await expect(decodePixels(decode, gif, 1e8)).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: "The GIF's first frame has 4096 x 3073 = 12587008 pixels, expected at most 12582912",
    });
  });
});

describe('alpha of a lossless WebP', () => {
  it('counts only where the header says that it is used', async () => {
    const first = async (file: Uint8Array): Promise<number[]> => [...(await decodePixels(decode, file)).data];
    expect(await first(plainWebp(1, 1, [200, 100, 50, 0]))).toEqual([200, 100, 50]);
    expect(await first(plainWebp(1, 1, [200, 100, 50, 0], true))).toEqual([255, 255, 255]);
  });
});
