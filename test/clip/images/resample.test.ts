import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDecoder } from '../../../src/clip/images/decode-image.ts';
import type { RgbRows } from '../../../src/clip/images/raster.ts';
import { resample, type RgbImage } from '../../../src/clip/images/resample.ts';
import { compare, decodePixels, nodeDecoder, readImage, type Pixels } from '../fixture-images.ts';

interface Golden {
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

const index = JSON.parse(
  readFileSync(new URL('../../fixtures/images/golden/index.json', import.meta.url), 'utf8'),
) as Record<string, Golden>;

function asRows({ width, height, data }: Pixels): RgbRows {
  return {
    width,
    height,
    readRow: (y, from, to, out) => out.set(data.subarray((y * width + from) * 3, (y * width + to) * 3)),
  };
}

function whole(pixels: Pixels, width: number, height: number): RgbImage {
  return resample(asRows(pixels), { width, height }, { left: 0, top: 0, width, height }, 'bicubic');
}

describe('resample', () => {
  let decode: ImageDecoder;
  beforeAll(async () => {
    decode = await nodeDecoder();
  });

  it.each(Object.entries(index))(
    "equals Pillow's bicubic for %s",
    async (name, { source, width, height }) => {
      const ours = whole(await decodePixels(decode, readImage(source)), width, height);
      const theirs = await decodePixels(decode, readImage(`golden/${name}`));
      // Opaque sources match sample by sample, being the same arithmetic. Pillow's alpha_composite rounds its own way, by one level.
      expect(compare(ours, theirs).max).toBeLessThanOrEqual(source === 'alpha.png' ? 1 : 0);
    },
  );

  it('gives a window the samples that the whole picture has there', async () => {
    const scene = await decodePixels(decode, readImage('rgb.png'));
    const full = whole(scene, 131, 96);
    const window = { left: 17, top: 40, width: 30, height: 25 };
    const part = resample(asRows(scene), { width: 131, height: 96 }, window, 'bicubic');
    for (let y = 0; y < window.height; y++) {
      const from = ((window.top + y) * 131 + window.left) * 3;
      expect(part.data.subarray(y * 90, (y + 1) * 90)).toEqual(full.data.subarray(from, from + 90));
    }
  });

  it('leaves a picture that keeps its size as it is', async () => {
    const scene = await decodePixels(decode, readImage('rgb.png'));
    expect(whole(scene, scene.width, scene.height).data).toEqual(scene.data);
  });

  it('reads only the rows that the window needs', () => {
    const read: number[] = [];
    const rows: RgbRows = {
      width: 1,
      height: 1000,
      readRow: (y, _from, _to, out) => void (read.push(y), out.fill(9)),
    };
    const window = { left: 0, top: 63_968, width: 64, height: 64 };
    const part = resample(rows, { width: 64, height: 128_000 }, window, 'bicubic');
    expect(part.data.every((value) => value === 9)).toBe(true);
    // 64 output rows at a scale of 128 lie within one source row of each other; the cubic reaches two further either way.
    expect(read.length).toBeLessThanOrEqual(6);
  });

  it('refuses a window outside the picture', () => {
    const rows: RgbRows = { width: 2, height: 2, readRow: () => undefined };
    const window = { left: 1, top: 0, width: 2, height: 2 };
    expect(() => resample(rows, { width: 2, height: 2 }, window, 'bicubic')).toThrow(RangeError);
  });
});
