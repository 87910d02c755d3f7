import type { Floats } from '../vector.ts';

/** Which cells of a heat map's grid are covered together. */
export interface OcclusionPlan {
  /** Of the heat map. */
  readonly rows: number;
  readonly columns: number;
  readonly windows: readonly OcclusionWindow[];
}

/** Cells [top, bottom) × [left, right). */
export interface OcclusionWindow {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Cells of a window's side. Larger than a cell: what is covered has to matter; and overlapping: what lies under several counts. */
const WINDOW = 3;
/** Windows a side from which on each stands one cell behind the last; fewer stand two. */
const DENSE = 7;

/**
 * A square grid and windows of 3 x 3 of its cells, within a budget of calls: from 49 on one around each cell of 7 x 7, fewer two cells
 * apart, such as 16 over 7 x 7 cells. At the edges they stand out, and less is covered.
 * @param budget calls for covered pictures, at least 4; the picture as it is takes one more
 * @param most rows and columns at most, at least 3
 * @throws RangeError for a budget below 4
 */
export function planOcclusion(budget: number, most: number): OcclusionPlan {
  if (!(budget >= 4)) throw new RangeError(`expected a budget of at least 4 pictures, got ${budget}`);
  const wanted = Math.floor(Math.sqrt(budget));
  const isDense = wanted >= DENSE;
  const side = Math.min(wanted, isDense ? most : Math.floor((most + 1) / 2));
  const stride = isDense ? 1 : 2;
  const cells = isDense ? side : 2 * side - 1;
  const windows = Array.from({ length: side * side }, (_, place) => {
    const top = Math.floor(place / side) * stride - 1;
    const left = (place % side) * stride - 1;
    return {
      top: Math.max(0, top),
      left: Math.max(0, left),
      bottom: Math.min(cells, top + WINDOW),
      right: Math.min(cells, left + WINDOW),
    };
  });
  return { rows: cells, columns: cells, windows };
}

/**
 * What each cell adds to the score: by how much the score falls when it is covered, the mean over the windows that cover it.
 * Source: Zeiler and Fergus 2014 (arXiv 1311.2901), section 4.2.
 * @param score of the picture as it is
 * @param covered a score a window
 * @returns row-major [rows, columns]
 * @throws RangeError unless there is a score for each window
 */
export function occlusionHeat(
  { rows, columns, windows }: OcclusionPlan,
  score: number,
  covered: Floats,
): Float32Array {
  if (covered.length !== windows.length) {
    throw new RangeError(`expected ${windows.length} scores, got ${covered.length}`);
  }
  const sums = new Float64Array(rows * columns);
  const counts = new Float64Array(rows * columns);
  windows.forEach(({ top, left, bottom, right }, i) => {
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        sums[row * columns + column] += score - covered[i];
        counts[row * columns + column]++;
      }
    }
  });
  return Float32Array.from(sums, (sum, cell) => (counts[cell] === 0 ? 0 : sum / counts[cell]));
}
