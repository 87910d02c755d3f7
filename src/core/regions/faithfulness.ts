import type { Random } from '../random.ts';
import { shuffle } from '../random.ts';
import type { Floats } from '../vector.ts';

/**
 * The cells of a heat map, the hottest first; ties by place.
 * @returns a permutation of 0..heat.length - 1
 */
export function hottestFirst(heat: Floats): Uint32Array {
  const order = Uint32Array.from(heat, (_, cell) => cell);
  return order.sort((a, b) => heat[b] - heat[a] || a - b);
}

/** A map that knows nothing of the picture but that things are photographed in the middle: minus the distance to it, in half sides. */
export function centrePrior(rows: number, columns: number): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, cell) => {
    const y = (2 * Math.floor(cell / columns) + 1) / rows - 1;
    const x = (2 * (cell % columns) + 1) / columns - 1;
    return -Math.hypot(x, y);
  });
}

/** A map in random order. */
export function randomMap(rows: number, columns: number, random: Random): Float32Array {
  const order = Uint32Array.from({ length: rows * columns }, (_, i) => i);
  shuffle(order, random);
  return Float32Array.from(order);
}

/**
 * Area under a curve over equal steps from 0 to 1, by trapezoids.
 * @param values at least two
 * Source: Petsiuk et al. 2018 (arXiv 1806.07421), section 4.1, for what is done with it: deletion and insertion.
 */
export function areaUnder(values: Floats): number {
  let sum = (values[0] + values[values.length - 1]) / 2;
  for (let i = 1; i < values.length - 1; i++) sum += values[i];
  return sum / (values.length - 1);
}

/** Which half of a picture is hotter. */
export type HotterHalf = 'left' | 'right' | 'neither';

/** The half with the larger sum of heat; a column in the middle counts half to each. */
export function hotterHalf(heat: Floats, rows: number, columns: number): HotterHalf {
  let balance = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      balance += Math.sign(2 * column + 1 - columns) * heat[row * columns + column];
    }
  }
  if (balance === 0) return 'neither';
  return balance > 0 ? 'right' : 'left';
}
