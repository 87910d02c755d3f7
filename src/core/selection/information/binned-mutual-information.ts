import type { Floats } from '../../vector.ts';
import { argsort, createArgsort } from './argsort.ts';
import { addToBinCounts, createBinCounts, informationOfCounts, requireBins } from './bin-counts.ts';
import { addToColumnRanges, createColumnRanges } from '../univariate/column-ranges.ts';
import { requireMatrix } from '../require-matrix.ts';
import { transpose } from '../logistic/transpose.ts';

export type Binning = 'equal-width' | 'equal-frequency';

export interface BinnedOptions {
  readonly count: number;
  readonly dim: number;
  /** Default 16. */
  readonly bins?: number;
  /** Default equal-width. */
  readonly binning?: Binning;
}

/**
 * Mutual information in nats between the bin of each feature and the class label, from counts (the plug-in estimate, as
 * scikit-learn's `mutual_info_score` on the binned column). Equal values are never in two bins.
 *
 * - `equal-width`: from the column's minimum to its maximum, edges as `numpy.linspace` has them; a value on an edge belongs
 *   to the bin above, the maximum to the last bin. O(count·dim).
 * - `equal-frequency`: the i-th inner edge is the smallest value that at least i/bins of the rows do not exceed
 *   (`numpy.quantile` with `inverted_cdf`); a value on an edge belongs to the bin below. Any strictly increasing map of a
 *   column leaves its score as it is. One sort a column.
 * @param features row-major, shape [count, dim], finite
 * @param labels any whole numbers, one a row
 * @returns length dim, from 0 to the entropy of the labels; all 0 for no rows
 * @throws RangeError for wrong lengths, less than one bin, or a NaN or Infinity in a column
 */
export function binnedMutualInformation(
  features: Floats,
  labels: ArrayLike<number>,
  { count, dim, bins = 16, binning = 'equal-width' }: BinnedOptions,
): Float64Array {
  requireMatrix(features, labels, count, dim);
  requireBins(bins);
  if (count === 0) return new Float64Array(dim);
  const ranges = createColumnRanges(dim);
  addToColumnRanges(ranges, features);
  if (binning === 'equal-frequency') return byFrequency(features, labels, { count, dim, bins });
  const counts = createBinCounts(ranges, bins);
  addToBinCounts(counts, features, labels);
  return informationOfCounts(counts);
}

function byFrequency(
  features: Floats,
  labels: ArrayLike<number>,
  { count, dim, bins }: { readonly count: number; readonly dim: number; readonly bins: number },
): Float64Array {
  const classes = new Map<number, Uint32Array>();
  const tableOf = Array.from({ length: count }, (_, row) => {
    const table = classes.get(labels[row]) ?? new Uint32Array(dim * bins);
    classes.set(labels[row], table);
    return table;
  });
  const columns = transpose(features, { count, dim, from: 0, to: dim });
  const sort = createArgsort(count);
  const values = new Float64Array(count);
  for (let column = 0; column < dim; column++) {
    values.set(columns.subarray(column * count, (column + 1) * count));
    argsort(values, sort);
    const { sorted, order } = sort;
    let bin = 0;
    let edge = innerEdge(sorted, 1, bins);
    for (let position = 0; position < count; position++) {
      while (bin < bins - 1 && edge < sorted[position]) edge = innerEdge(sorted, ++bin + 1, bins);
      tableOf[order[position]][column * bins + bin]++;
    }
  }
  return informationOfCounts({ dim, bins, classes });
}

/** The i-th of bins − 1 quantiles; beyond those, the maximum. */
function innerEdge(sorted: Float64Array, i: number, bins: number): number {
  return sorted[Math.min(sorted.length, Math.ceil((i * sorted.length) / bins)) - 1];
}
