import type { RgbImage } from './resample.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** Of all pixels, rounded. */
export function meanColour({ data }: RgbImage): Colour {
  const sums: [number, number, number] = [0, 0, 0];
  for (let at = 0; at < data.length; at++) sums[at % 3] += data[at];
  const [red, green, blue] = sums.map((sum) => Math.round((3 * sum) / data.length));
  return [red, green, blue];
}

/** Cells [top, bottom) × [left, right) of a grid over a picture. */
export interface CoveredCells {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** A copy of the picture with one colour over some cells of a grid. */
export function coverCells(
  picture: RgbImage,
  { top, left, bottom, right }: CoveredCells,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  colour: Colour,
): RgbImage {
  const { width, height } = picture;
  const data = picture.data.slice();
  const edge = (cell: number, cells: number, pixels: number): number => Math.round((cell * pixels) / cells);
  for (let y = edge(top, rows, height); y < edge(bottom, rows, height); y++) {
    for (let x = edge(left, columns, width); x < edge(right, columns, width); x++) {
      data.set(colour, (y * width + x) * 3);
    }
  }
  return { width, height, data };
}
