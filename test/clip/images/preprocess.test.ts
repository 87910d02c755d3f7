import { describe, expect, it } from 'vitest';
import {
  neededShortSide,
  readPreprocessing,
  resizeAndCrop,
  writePixelValues,
} from '../../../src/clip/images/preprocess.ts';
import type { RgbRows } from '../../../src/clip/images/raster.ts';

/** preprocessor_config.json of openai/clip-vit-base-patch32. */
const OPENAI = {
  crop_size: 224,
  do_center_crop: true,
  do_normalize: true,
  do_resize: true,
  feature_extractor_type: 'CLIPFeatureExtractor',
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
  resample: 3,
  size: 224,
};

/** A picture whose red is its column and green its row, both modulo 256. */
function ramp(width: number, height: number): RgbRows {
  return {
    width,
    height,
    readRow(y, from, to, out) {
      for (let x = from; x < to; x++) out.set([x % 256, y % 256, 7], (x - from) * 3);
    },
  };
}

describe('readPreprocessing', () => {
  it("reads OpenAI's file, whose sizes are plain numbers and whose rescaling is implied", () => {
    const preprocessing = readPreprocessing(OPENAI);
    expect(preprocessing).toMatchObject({
      resize: { shortestEdge: 224 },
      filter: 'bicubic',
      crop: { width: 224, height: 224 },
      output: { width: 224, height: 224 },
    });
    expect(neededShortSide(preprocessing)).toBe(224);
    expect(preprocessing.levels[255]).toBeCloseTo((1 - 0.48145466) / 0.26862954, 6);
    expect(preprocessing.levels[256]).toBeCloseTo(-0.4578275 / 0.26130258, 6);
    expect(preprocessing.levels[512 + 128]).toBeCloseTo((128 / 255 - 0.40821073) / 0.27577711, 6);
  });

  it('honours the do_ flags', () => {
    const plain = readPreprocessing({ ...OPENAI, do_rescale: false, do_normalize: false });
    expect([plain.levels[0], plain.levels[255], plain.levels[767]]).toEqual([0, 255, 255]);
    expect(readPreprocessing({ ...OPENAI, do_normalize: false }).levels[255]).toBe(1);
    expect(readPreprocessing({ ...OPENAI, do_resize: false })).toMatchObject({
      resize: null,
      crop: { width: 224 },
    });
    const exact = readPreprocessing({ ...OPENAI, do_center_crop: false, size: { height: 20, width: 30 } });
    expect(exact).toMatchObject({
      resize: { width: 30, height: 20 },
      crop: null,
      output: { width: 30, height: 20 },
    });
  });

  it("squashes to the exact size and cuts nothing for SigLIP's processor, which names no crop", () => {
    const siglip = {
      image_processor_type: 'SiglipImageProcessor',
      size: { height: 20, width: 30 },
      resample: 2,
    };
    expect(readPreprocessing(siglip)).toMatchObject({
      resize: { width: 30, height: 20 },
      crop: null,
      filter: 'bilinear',
    });
  });

  it("reads the words of Jina's processor", () => {
    const jina = {
      image_processor_type: 'JinaCLIPImageProcessor',
      resize_mode: 'shortest',
      interpolation: 'bicubic',
      size: 64,
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.5, 0.5],
    };
    expect(readPreprocessing(jina)).toMatchObject({
      resize: { shortestEdge: 64 },
      crop: { width: 64, height: 64 },
      filter: 'bicubic',
    });
    expect(readPreprocessing(jina).levels[255]).toBe(2);
    expect(readPreprocessing({ ...jina, resize_mode: 'squash' }).resize).toEqual({ width: 64, height: 64 });
    expect(() => readPreprocessing({ ...jina, resize_mode: 'longest' })).toThrow(
      'resize_mode: padding is not supported, expected "shortest" or "squash"',
    );
    expect(() => readPreprocessing({ ...jina, interpolation: 'lanczos' })).toThrow('interpolation: expected');
  });

  it.each([
    [{ resample: 1 }, /resample: expected 2 \(bilinear\) or 3 \(bicubic\)/],
    [{ do_pad: true }, /do_pad: padding is not supported/],
    [{ size: { longest_edge: 224 } }, /size/],
    [{ size: -1 }, /size/],
    [{ image_mean: [0.5] }, /image_mean/],
    [{ do_center_crop: false }, /pictures would differ in size/],
  ])('refuses %o', (change, message) => {
    expect(() => readPreprocessing({ ...OPENAI, ...change })).toThrow(message);
  });
});

describe('resizeAndCrop', () => {
  const noResize = (crop: number | { width: number; height: number }) =>
    readPreprocessing({ ...OPENAI, do_resize: false, crop_size: crop });

  it('takes the middle, rounding the offset down', () => {
    const image = resizeAndCrop(ramp(11, 8), noResize(4));
    // (11 - 4) / 2 = 3.5 -> 3 and (8 - 4) / 2 = 2, as CLIPImageProcessor has it.
    expect([...image.data.subarray(0, 3)]).toEqual([3, 2, 7]);
    expect([...image.data.subarray(-3)]).toEqual([6, 5, 7]);
  });

  it('sets a smaller picture on black', () => {
    const image = resizeAndCrop(ramp(2, 6), noResize({ width: 5, height: 4 }));
    const columns = [0, 1, 2, 3, 4].map((x) => image.data[x * 3 + 2]);
    expect(columns).toEqual([0, 0, 7, 7, 0]);
    expect([image.width, image.height]).toEqual([5, 4]);
  });

  it.each([
    [1, 2000],
    [2000, 1],
    [1, 1],
    [3, 70_000],
  ])('is quick on %i x %i', (width, height) => {
    const from = performance.now();
    const image = resizeAndCrop(ramp(width, height), readPreprocessing(OPENAI));
    expect([image.width, image.height]).toEqual([224, 224]);
    // Computed whole, 3 x 70,000 would have 1.2 billion pixels. The bound leaves room for a busy machine.
    expect(performance.now() - from).toBeLessThan(5000);
  });

  it('cuts the long side as int(short * long / short)', () => {
    // 224 * 301 / 200 = 337.12: 337 columns, of which the middle 224 begin at 56.
    const wide = resizeAndCrop(
      ramp(301, 200),
      readPreprocessing({ ...OPENAI, crop_size: { width: 337, height: 224 } }),
    );
    expect(wide.width).toBe(337);
    expect(wide.data.subarray(-3)[2]).toBe(7);
  });
});

describe('writePixelValues', () => {
  it('writes planes, not pixels', () => {
    const preprocessing = readPreprocessing({
      ...OPENAI,
      do_rescale: false,
      do_normalize: false,
      do_resize: false,
      crop_size: { width: 2, height: 1 },
    });
    const out = new Float32Array(8).fill(-1);
    writePixelValues({ width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }, preprocessing, out, 1);
    expect([...out]).toEqual([-1, 1, 4, 2, 5, 3, 6, -1]);
  });

  it('refuses a picture of another size', () => {
    const image = { width: 3, height: 3, data: new Uint8Array(27) };
    expect(() => writePixelValues(image, readPreprocessing(OPENAI), new Float32Array(9), 0)).toThrow(
      RangeError,
    );
  });
});
