import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LoadedEncoder, loadEncoder } from '../../../scripts/clip/load-encoder.ts';
import { encodePng } from '../../../scripts/clip/png-file.ts';
import type { ImageDecoder } from '../../../src/clip/images/decode-image.ts';
import { neededShortSide, readPreprocessing, resizeAndCrop } from '../../../src/clip/images/preprocess.ts';
import type { RgbImage } from '../../../src/clip/images/resample.ts';
import { compare, nodeDecoder, readImage } from '../fixture-images.ts';
import { tiledJpeg, withOrientation } from '../large-pictures.ts';

/** Of `[columns, rows]` tiles of 512 x 384: from 2 to 99.5 megapixels, decoded at a half, a quarter and an eighth. */
const SIZES = [
  [3, 4],
  [4, 5],
  [9, 10],
  [22, 23],
] as const;

const MODEL = new URL('../../../models/tiny-clip/preprocessor_config.json', import.meta.url);

describe('a JPEG that is reduced while it is decoded', () => {
  const preprocessing = readPreprocessing(JSON.parse(readFileSync(MODEL, 'utf8')));
  let decode: ImageDecoder;
  let encoder: LoadedEncoder;
  beforeAll(async () => {
    decode = await nodeDecoder();
    encoder = await loadEncoder({ threads: 1 });
  });

  /** What the tower sees, by way of the whole picture or of the reduced one. */
  const seen = async (jpeg: Uint8Array, shortSide: number | null): Promise<RgbImage> =>
    decode(jpeg, { maxPixels: 1e8, shortSide }, (rows) => resizeAndCrop(rows, preprocessing));
  const both = async (jpeg: Uint8Array): Promise<{ whole: RgbImage; reduced: RgbImage }> => ({
    whole: await seen(jpeg, null),
    reduced: await seen(jpeg, neededShortSide(preprocessing)),
  });
  const cosine = async ({ whole, reduced }: { whole: RgbImage; reduced: RgbImage }): Promise<number> => {
    const [a, b] = await encoder.images.encodeImages([encodePng(whole), encodePng(reduced)]);
    if (!(a instanceof Float32Array) || !(b instanceof Float32Array)) throw new Error('not encoded');
    return a.reduce((sum, value, i) => sum + value * b[i], 0);
  };

  it.each(SIZES)('keeps the embedding: %i x %i tiles', async (columns, rows) => {
    // Above two megapixels, whose sides are no multiples of eight.
    for (const cut of [0, 13]) {
      const pictures = await both(tiledJpeg(columns, rows, cut));
      expect(await cosine(pictures)).toBeGreaterThanOrEqual(0.999);
      expect(compare(pictures.whole, pictures.reduced).mean).toBeLessThan(0.5);
    }
  });

  it('keeps the embedding of a smooth drawing', async () => {
    expect(await cosine(await both(readImage('large.jpg')))).toBeGreaterThanOrEqual(0.999);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('stays in place under orientation %i', async (orientation) => {
    const pictures = await both(withOrientation(tiledJpeg(4, 5, 13), orientation));
    expect(compare(pictures.whole, pictures.reduced).mean).toBeLessThan(0.5);
  });
});
