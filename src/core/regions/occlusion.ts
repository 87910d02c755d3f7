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

/**
 * The finest square grid whose cells a budget of calls can cover one by one.
 * @param budget calls for covered pictures, at least 4; the picture as it is takes one more
 * @param most rows and columns at most
 * @throws RangeError for a budget below 4
 */
export function planOcclusion(budget: number, most: number): OcclusionPlan {
  if (!(budget >= 4)) throw new RangeError(`expected a budget of at least 4 pictures, got ${budget}`);
  const side = Math.min(most, Math.floor(Math.sqrt(budget)));
  const windows = Array.from({ length: side * side }, (_, cell) => {
    const row = Math.floor(cell / side);
    const column = cell % side;
    return { top: row, left: column, bottom: row + 1, right: column + 1 };
  });
  return { rows: side, columns: side, windows };
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
