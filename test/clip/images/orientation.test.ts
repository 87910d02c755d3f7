import { afterEach, describe, expect, it, vi } from 'vitest';
import { readOrientation } from '../../../src/clip/images/orientation.ts';
import { readImage } from '../fixture-images.ts';
import { withOrientation } from '../large-pictures.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the orientation of a JPEG', () => {
  const plain = readImage('baseline.jpg');
  const afterStart = (jpeg: Uint8Array, ...bytes: number[]): Uint8Array =>
    Uint8Array.from([...jpeg.subarray(0, 2), ...bytes, ...jpeg.subarray(2)]);

  it('is that of the first EXIF segment, and a second is not talked about', async () => {
    const warn = vi.spyOn(console, 'warn');
    expect(await readOrientation('jpeg', withOrientation(withOrientation(plain, 8), 6))).toBe(6);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each([
    ['another segment of the same marker', [0xff, 0xe1, 0, 6, 0x68, 0x74, 0x74, 0x70]],
    ['fill bytes', [0xff, 0xff]],
    ['stray bytes', [1, 2, 3]],
  ])('is found behind %s', async (_, bytes) => {
    expect(await readOrientation('jpeg', afterStart(withOrientation(plain, 3), ...bytes))).toBe(3);
  });

  it('is 1 without EXIF, with damaged EXIF, and in a file that ends early', async () => {
    const turned = withOrientation(plain, 6);
    expect(await readOrientation('jpeg', plain)).toBe(1);
    expect(await readOrientation('jpeg', withOrientation(plain, 9))).toBe(1);
    for (const length of [2, 3, 5, 12, 20, 30]) {
      expect(await readOrientation('jpeg', turned.slice(0, length))).toBe(1);
    }
  });
});
