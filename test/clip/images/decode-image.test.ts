import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDecoder } from '../../../src/clip/images/decode-image.ts';
import { AppError } from '../../../src/errors.ts';
import {
  BROKEN_FILES,
  compare,
  copyRows,
  decodePixels,
  nodeDecoder,
  OTHER_FILES,
  readImage,
  SCENE_FILES,
  type Pixels,
} from '../fixture-images.ts';

/**
 * Mean difference from the lossless scene, in levels, that a kind of file costs: Pillow's own reading of these files differs by up
 * to 4.9 (JPEG), 4.0 (WebP) and 0.8 (palettes). A wrong rotation or mirroring costs 49 or more.
 */
const LOSS: Readonly<Record<string, number>> = {
  jpg: 5.5,
  webp: 4.5,
  avif: 4.5,
  gif: 1,
  png: 0,
  'palette.png': 1,
  'lossless.webp': 0,
  'avif-lossless.avif': 0,
};

/** The JPEG up to its first scan, then the tail. */
function withTail(jpeg: Uint8Array, tail: readonly number[]): Uint8Array {
  const scan = jpeg.findIndex((value, i) => value === 0xff && jpeg[i + 1] === 0xda);
  return Uint8Array.from([...jpeg.subarray(0, scan), ...tail]);
}

describe('decodePixels', () => {
  let decode: ImageDecoder;
  let scene: Pixels;
  beforeAll(async () => {
    decode = await nodeDecoder();
    scene = await decodePixels(decode, readImage('rgb.png'));
  });

  it.each(SCENE_FILES)('reads the scene, upright, from %s', async (name) => {
    const bound = LOSS[name] ?? LOSS[name.slice(name.indexOf('.') + 1)];
    expect(compare(await decodePixels(decode, readImage(name)), scene).mean).toBeLessThanOrEqual(bound);
  });

  it('reads grey as equal channels', async () => {
    for (const name of ['grey.jpg', 'grey.png', 'bilevel.png', 'grey.avif']) {
      const { data } = await decodePixels(decode, readImage(name));
      expect(data.every((value, i) => value === data[i - (i % 3)])).toBe(true);
    }
  });

  it.each(['alpha.png', 'alpha.webp', 'alpha.avif', 'grey-alpha.png'])('lays %s over white', async (name) => {
    const { data, width, height } = await decodePixels(decode, readImage(name));
    const middle = ((height >> 1) * width + (width >> 1)) * 3;
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect(data[middle + 2]).toBeLessThan(200);
  });

  it('reads every other kind', async () => {
    for (const name of OTHER_FILES) {
      const { width, height, data } = await decodePixels(decode, readImage(name));
      expect(data.length).toBe(width * height * 3);
    }
  });

  it.each(BROKEN_FILES)('refuses %s with BAD_IMAGE and reads the next file as before', async (name) => {
    const error = await decodePixels(decode, readImage(name)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'BAD_IMAGE', retryable: false });
    for (const whole of ['baseline.jpg', 'rgb.png', 'still.gif', 'lossless.webp']) {
      expect(compare(await decodePixels(decode, readImage(whole)), scene).mean).toBeLessThanOrEqual(LOSS.jpg);
    }
  });

  it('refuses more pixels than the limit by the header alone', async () => {
    await expect(decodePixels(decode, readImage('bomb-header.png'))).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: 'The image has 60000 x 60000 = 3600000000 pixels, expected at most 10000000',
    });
  });

  it('takes a picture of exactly the limit', async () => {
    await expect(decodePixels(decode, readImage('rgb.png'), 90 * 66)).resolves.toMatchObject({
      width: 90,
      height: 66,
    });
    await expect(decodePixels(decode, readImage('rgb.png'), 90 * 66 - 1)).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    });
  });

  it('has a limit of its own for an AVIF, which takes more memory', async () => {
    const options = { maxPixels: 1e7, maxAvifPixels: 90 * 66 - 1, shortSide: null };
    await expect(decode(readImage('avif-420.avif'), options, copyRows)).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: 'The AVIF has 90 x 66 = 5940 pixels, expected at most 5939',
    });
    expect(await decode(readImage('rgb.png'), options, copyRows)).toMatchObject({ width: 90 });
  });

  it('refuses a JPEG of very many scans before decoding it', async () => {
    const jpeg = readImage('progressive.jpg');
    const lastScan = jpeg.findLastIndex((value, i) => value === 0xff && jpeg[i + 1] === 0xda);
    const scan = jpeg.slice(lastScan, jpeg.length - 2);
    const bytes = new Uint8Array(lastScan + 200 * scan.length + 2);
    bytes.set(jpeg.subarray(0, lastScan));
    for (let i = 0; i < 200; i++) bytes.set(scan, lastScan + i * scan.length);
    bytes.set([0xff, 0xd9], bytes.length - 2);
    await expect(decodePixels(decode, bytes)).rejects.toMatchObject({
      code: 'BAD_IMAGE',
      message: expect.stringMatching(/^The JPEG has 2\d\d scans, expected at most 100$/) as unknown,
    });
  });

  it.each(['baseline.jpg', 'progressive.jpg', 'exif-6.jpg'])(
    'reads %s with something appended that looks like scans',
    async (name) => {
      const jpeg = readImage(name);
      const bytes = new Uint8Array(jpeg.length + 1000);
      bytes.set(jpeg);
      for (let at = jpeg.length; at < bytes.length; at += 2) bytes.set([0xff, 0xda], at);
      expect(await decodePixels(decode, bytes)).toEqual(await decodePixels(decode, jpeg));
    },
  );

  it.each([[0xff], [0xff, 0xda], [0xff, 0xda, 0], [0xff, 0xe1, 0, 0]])(
    'ends at a JPEG cut off inside a segment: %j',
    async (...tail) => {
      await expect(decodePixels(decode, withTail(readImage('baseline.jpg'), tail))).rejects.toMatchObject({
        code: 'BAD_IMAGE',
      });
    },
  );

  it('reads a WebP of a million empty chunks in little memory', async () => {
    const file = new Uint8Array(8 * 1024 * 1024);
    const view = new DataView(file.buffer);
    new TextEncoder().encodeInto('RIFF\0\0\0\0WEBPVP8X', file);
    view.setUint32(4, file.length - 8, true);
    view.setUint32(16, 10, true);
    file[20] = 0x02; // animated
    const before = process.memoryUsage().heapUsed;
    await expect(decodePixels(decode, file)).rejects.toMatchObject({
      code: 'BAD_IMAGE',
      message: expect.stringMatching(/^The WebP animation holds no whole frame/) as unknown,
    });
    // A list of the chunks takes 240 MB; one at a time they are garbage at once.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64e6);
  });

  it('gives a result or an AppError for every damaged byte and cut, and still decodes afterwards', async () => {
    // Seeded: an xorshift generator, so that a failure names the file and can be replayed.
    let state = 20261124;
    const next = (n: number): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % n;
    };
    for (const name of [
      'baseline.jpg',
      'progressive.jpg',
      'cmyk.jpg',
      'rgb.png',
      'interlaced.png',
      'animated.gif',
      'lossy.webp',
      'animated.webp',
      'alpha.webp',
      'exif-6.jpg',
      'jpeg-sampling-odd.jpg',
      'png-xmp-packed-6.png',
      'gif-two-controls.gif',
      'avif-turned-5.avif',
      'alpha.avif',
    ]) {
      const original = readImage(name);
      for (let round = 0; round < 60; round++) {
        const bytes = original.slice(0, round % 4 === 0 ? next(original.length) : original.length);
        for (let hit = 0; hit < 1 + next(8) && bytes.length > 0; hit++) bytes[next(bytes.length)] = next(256);
        const outcome = await decodePixels(decode, bytes).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome, `${name}, round ${round}`).toBeInstanceOf(AppError);
      }
      expect((await decodePixels(decode, original)).width).toBeGreaterThan(0);
    }
  });

  it('decodes large JPEGs at reduced size, close to the full one', async () => {
    const large = readImage('large.jpg');
    const full = await decodePixels(decode, large);
    const reduced = await decode(large, { maxPixels: 1e7, shortSide: 64 }, copyRows);
    expect([full.width, full.height]).toEqual([1640, 1240]);
    // 1240 / 4 = 310 is the smallest halving that stays above four times 64.
    expect([reduced.width, reduced.height]).toEqual([410, 310]);
    expect([...reduced.data.subarray(0, 3)].map((value, i) => Math.abs(value - full.data[i]) < 12)).toEqual([
      true,
      true,
      true,
    ]);
  });
});
