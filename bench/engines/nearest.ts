import { dot } from '../../src/core/vector.ts';

/** Vectors, row-major, of unit length. */
export interface Rows {
  readonly dim: number;
  readonly count: number;
  readonly values: Float32Array;
}

export function rowsOf(dim: number, values: Float32Array): Rows {
  return { dim, count: values.length / dim, values };
}

/** Places of the `most` rows of the largest inner product with row `of` of `queries`, best first, in float64: the truth. */
export function nearest(rows: Rows, queries: Rows, of: number, most: number): number[] {
  return bestOf(
    rows,
    queries,
    of,
    most,
    Array.from({ length: rows.count }, (_, i) => i),
  );
}

/** The same among some places. */
export function bestOf(
  rows: Rows,
  queries: Rows,
  of: number,
  most: number,
  among: readonly number[],
): number[] {
  const { dim } = rows;
  return among
    .map((place) => ({ place, score: dot(rows.values, place * dim, queries.values, of * dim, dim) }))
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .slice(0, most)
    .map(({ place }) => place);
}

/** Share of `wanted` that is among `found`. */
export function shareOf(found: readonly number[], wanted: readonly number[]): number {
  const known = new Set(found);
  return wanted.filter((place) => known.has(place)).length / wanted.length;
}
