import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../../src/clip/images/encode-png.ts';
import { seededRandom } from '../../format/selection-builder.ts';

describe('encodePng', () => {
  it.each([
    [1, 1],
    [7, 3],
    [64, 48],
  ])('is read by libvips as the same pixels: %i x %i', async (width, height) => {
    const random = seededRandom(width);
    const data = Uint8Array.from({ length: 3 * width * height }, (_, i) =>
      random() < 0.5 ? i : 256 * random(),
    );
    const file = await encodePng({ width, height, data });
    const read = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    expect(read.info).toMatchObject({ width, height, channels: 3 });
    expect(new Uint8Array(read.data)).toEqual(data);
  });
});
