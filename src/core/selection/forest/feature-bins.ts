import type { Floats } from '../../vector.ts';
import type { Argsort } from '../information/argsort.ts';
import { argsort, createArgsort } from '../information/argsort.ts';

/** A matrix as small whole numbers that keep the order within each column. */
export interface FeatureBins {
  /** Column-major, shape [dim, count]: the bin of each value, below 256. */
  readonly codes: Uint8Array;
  readonly count: number;
  readonly dim: number;
}

export const MAX_BINS = 256;

/**
 * Cut every column into at most 256 bins of about equal counts; equal values share a bin, and up to 256 distinct ones
 * have a bin each, so that no split is lost.
 * @param features row-major, shape [count, dim]
 * @throws RangeError for wrong lengths, NaN or Infinity
 * O(dim·count) on ordinary data
 */
export function binFeatures(features: Floats, count: number, dim: number): FeatureBins {
  if (features.length !== count * dim) {
    throw new RangeError(`expected ${count}×${dim} features, got ${features.length}`);
  }
  const codes = new Uint8Array(count * dim);
  const column = new Float64Array(count);
  const sort = createArgsort(count);
  for (let feature = 0; feature < dim; feature++) {
    for (let row = 0; row < count; row++) {
      const value = features[row * dim + feature];
      if (!Number.isFinite(value)) {
        throw new RangeError(`expected finite features, got ${value} in row ${row}, column ${feature}`);
      }
      column[row] = value;
    }
    argsort(column, sort);
    codeColumn(sort, codes.subarray(feature * count, (feature + 1) * count));
  }
  return { codes, count, dim };
}

/** Write the bin of every row: how many edges are at or below its value. */
function codeColumn({ sorted, order }: Argsort, codes: Uint8Array): void {
  const edges = binEdges(sorted);
  let bin = 0;
  for (let i = 0; i < sorted.length; i++) {
    while (bin < edges.length && edges[bin] <= sorted[i]) bin++;
    codes[order[i]] = bin;
  }
}

/** The smallest value of every bin but the first, ascending. */
function binEdges(sorted: Float64Array): Float64Array {
  const distinct = new Float64Array(MAX_BINS + 1);
  let distinctCount = 0;
  for (let i = 0; i < sorted.length && distinctCount <= MAX_BINS; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) distinct[distinctCount++] = sorted[i];
  }
  if (distinctCount <= MAX_BINS) return distinct.slice(1, distinctCount);
  const edges = new Float64Array(MAX_BINS - 1);
  let edgeCount = 0;
  for (let bin = 1; bin < MAX_BINS; bin++) {
    const edge = sorted[Math.floor((bin * sorted.length) / MAX_BINS)];
    // A value that fills several bins takes one; the first bin has the smallest value.
    if (edge > (edgeCount === 0 ? sorted[0] : edges[edgeCount - 1])) edges[edgeCount++] = edge;
  }
  return edges.slice(0, edgeCount);
}
