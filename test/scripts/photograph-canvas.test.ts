import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../scripts/clip/png-file.ts';
import {
  blur,
  createPixelReader,
  darken,
  sideBySide,
  writeWord,
} from '../../scripts/train-tiny-clip/photographs/canvas.ts';
import type { RgbImage } from '../../src/clip/images/resample.ts';

/** A grey picture, a number a pixel. */
function grey(rows: readonly (readonly number[])[]): RgbImage {
  const data = Uint8Array.from(rows.flat().flatMap((value) => [value, value, value]));
  return { width: rows[0].length, height: rows.length, data };
}

/** The red channel, a row a line. */
function redOf({ width, height, data }: RgbImage): number[][] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_column, x) => data[(y * width + x) * 3]),
  );
}

describe('changed pictures', () => {
  it('go through a PNG file unchanged', async () => {
    const picture: RgbImage = {
      width: 3,
      height: 2,
      data: Uint8Array.from({ length: 18 }, (_, i) => 14 * i),
    };
    const read = await createPixelReader();
    expect(await read(encodePng(picture))).toEqual(picture);
  });

  it('are read over white, as the encoder sees them', async () => {
    const read = await createPixelReader();
    const fox = await read(readFileSync(new URL('../../models/sample/images/a-fox.webp', import.meta.url)));
    expect([fox.width, fox.height]).toEqual([192, 192]);
    expect([...fox.data.subarray(0, 3)]).toEqual([255, 255, 255]);
  });

  it('are darkened sample by sample', () => {
    expect(redOf(darken(grey([[0, 10, 255]]), 0.25))).toEqual([[0, 3, 64]]);
  });

  it('are blurred by a Gaussian: a dot becomes its bell, a flat picture stays', () => {
    const dot = Array.from({ length: 9 }, (_, y) =>
      Array.from({ length: 9 }, (_c, x) => (x === 4 && y === 4 ? 255 : 0)),
    );
    const blurred = redOf(blur(grey(dot), 1));
    // Weights exp(-d²/2) / 2.5066, once along each axis.
    const bell = (d: number): number => Math.exp(-0.5 * d * d) / Math.sqrt(2 * Math.PI);
    for (const [y, row] of blurred.entries()) {
      for (const [x, value] of row.entries()) {
        // The tails beyond three deviations are cut, and samples are whole numbers.
        expect(Math.abs(value - 255 * bell(x - 4) * bell(y - 4))).toBeLessThan(1);
      }
    }
    expect(
      redOf(
        blur(
          grey([
            [7, 7],
            [7, 7],
          ]),
          2,
        ),
      ),
    ).toEqual([
      [7, 7],
      [7, 7],
    ]);
  });

  it('stand side by side on a white square, each in its own column', () => {
    const [black, dark] = [grey([[0]]), grey([[50]])];
    expect(redOf(sideBySide([black, dark], 4))).toEqual([
      [255, 255, 255, 255],
      [0, 0, 50, 50],
      [0, 0, 50, 50],
      [255, 255, 255, 255],
    ]);
  });
});

describe('a written word', () => {
  it('shows its letters, as large as fits', () => {
    const lines = redOf(writeWord('ti', 13)).map((row) =>
      row.map((value) => (value === 0 ? '#' : '.')).join(''),
    );
    expect(lines).toEqual([
      '.............',
      '.............',
      '.............',
      '.#####..###..',
      '...#.....#...',
      '...#.....#...',
      '...#.....#...',
      '...#.....#...',
      '...#.....#...',
      '...#....###..',
      '.............',
      '.............',
      '.............',
    ]);
    expect(
      redOf(writeWord('ti', 26))
        .flat()
        .filter((value) => value === 0),
    ).toHaveLength(4 * 22);
  });

  it('has capitals only', () => {
    expect(() => writeWord('a1', 50)).toThrow('no letter 1, expected A to Z');
  });
});
