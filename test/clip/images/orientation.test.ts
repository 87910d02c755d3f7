import { afterEach, describe, expect, it, vi } from 'vitest';
import { readOrientation } from '../../../src/clip/images/orientation.ts';
import { readTiffOrientation } from '../../../src/clip/images/tiff-orientation.ts';
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

describe('the orientation in EXIF', () => {
  // TIFF structures in hexadecimal, and what Pillow 9.4's Image.Exif makes of them.
  it.each([
    ['big-endian', '4d4d002a000000080001011200030000000100060000' + '00000000', 6],
    [
      'little-endian, after another tag',
      '49492a0008000000020000010300010000000700000012010300010000000800000000000000',
      8,
    ],
    ['of four bytes', '4d4d002a000000080001011200040000000100000005' + '00000000', 5],
    [
      'of two values, the first',
      '49492a000a000000000002001201030002000000070000000e010300010000000500000000000000',
      7,
    ],
    ['a directory that begins later', '4d4d002a0000000e000000000000000101120003000000020002000000000000', 2],
    ['that is bytes, which is none', '49492a000a0000000000010012010100010000000500000000000000', 1],
    ['more entries than there are', '49492a00080000000500120103000100000003000000', 3],
    ['cut inside its entry', '49492a0008000000010012010300010000', 1],
    ['of another byte order mark', '4e4e2a00080000000100120103000100000003000000', 1],
  ])('%s', (_, hex, expected) => {
    expect(readTiffOrientation(Uint8Array.from(Buffer.from(hex, 'hex'))) ?? 1).toBe(expected);
  });
});
