import { describe, expect, it } from 'vitest';
import { paintHeat } from '../../../src/core/regions/paint-heat.ts';

/** A picture of one grey, on which every colour is the heat's. */
const grey = (width: number, height: number) => ({
  width,
  height,
  data: new Uint8Array(3 * width * height).fill(128),
});
const pixel = (painted: Uint8Array, at: number): number[] => [...painted.subarray(3 * at, 3 * at + 3)];

describe('paintHeat', () => {
  it('is orange where it adds, blue where it takes away, and the picture where it is nothing', () => {
    const painted = paintHeat(grey(3, 1), { rows: 1, columns: 3, values: Float32Array.of(2, 0, -2) });
    // 128 + .8 · (colour - 128), rounded.
    expect(pixel(painted, 0)).toEqual([230, 149, 26]);
    expect(pixel(painted, 1)).toEqual([128, 128, 128]);
    expect(pixel(painted, 2)).toEqual([26, 98, 186]);
  });

  it('goes evenly from the middle of one cell to that of the next, and stays as it is beyond', () => {
    const painted = paintHeat(grey(8, 1), { rows: 1, columns: 2, values: Float32Array.of(0, 1) });
    const reds = Array.from({ length: 8 }, (_, x) => pixel(painted, x)[0]);
    // Middles at 2 and 6 of 8 pixels; a pixel's middle lies at x + .5.
    const share = (x: number): number => Math.min(1, Math.max(0, (x + 0.5 - 2) / 4));
    expect(reds).toEqual(Array.from({ length: 8 }, (_, x) => Math.round(128 + 0.8 * share(x) * 127)));
  });

  it('puts the first number top left, rows downward', () => {
    const painted = paintHeat(grey(4, 4), { rows: 2, columns: 2, values: Float32Array.of(0, 0, 1, 0) });
    expect(pixel(painted, 12)[0]).toBe(230);
    expect([0, 3, 15].map((at) => pixel(painted, at)[0])).toEqual([128, 128, 128]);
  });

  it.each([
    [
      [3, 4, 5],
      [128, 179, 230],
    ],
    [
      [-5, -4, -3],
      [26, 77, 128],
    ],
    [
      [2, 2, 2],
      [128, 128, 128],
    ],
  ])('leaves the weakest bare where all have one sign: %j', (values, reds) => {
    const painted = paintHeat(grey(3, 1), { rows: 1, columns: 3, values: Float32Array.from(values) });
    expect([0, 1, 2].map((at) => pixel(painted, at)[0])).toEqual(reds);
  });

  it('paints nothing where there is no heat, and refuses a grid of another size', () => {
    const picture = grey(2, 2);
    expect(paintHeat(picture, { rows: 1, columns: 1, values: Float32Array.of(0) })).toEqual(picture.data);
    expect(() => paintHeat(picture, { rows: 2, columns: 1, values: Float32Array.of(1) })).toThrow(
      'expected 2 x 1 numbers, got 1',
    );
  });
});
