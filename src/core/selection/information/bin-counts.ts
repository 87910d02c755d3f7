import { log } from '../../exp-log.ts';
import type { Floats } from '../../vector.ts';
import { rowCount } from '../../vector.ts';
import type { ColumnRanges } from '../univariate/column-ranges.ts';
import { requireFiniteRanges } from '../univariate/column-ranges.ts';
import { requireLabels } from '../require-matrix.ts';

/** How many rows of each class fall into each bin of every column: plain data, mergeable over shards. */
export interface BinCounts {
  readonly dim: number;
  readonly bins: number;
  readonly ranges: ColumnRanges;
  /** Counts of a class, shape [dim, bins]. */
  readonly classes: Map<number, Uint32Array>;
}

/**
 * Bins of equal width over known ranges: bin i of a column holds low + i·width ≤ x < low + (i + 1)·width, the last one
 * its upper end too, as `numpy.digitize` has it with the edges of `numpy.linspace`. A constant column has one bin. Values
 * beyond the range go to the outer bins.
 * @param ranges what `addToColumnRanges` found in a first pass over all shards, or ranges set by hand
 * @throws RangeError for less than one bin, ranges of no rows, not finite or too wide for a float64
 */
export function createBinCounts(ranges: ColumnRanges, bins: number): BinCounts {
  requireBins(bins);
  requireFiniteRanges(ranges);
  const { minima, maxima } = ranges;
  const column = minima.findIndex((low, i) => !(maxima[i] >= low && maxima[i] - low < Infinity));
  if (column >= 0) {
    const got = `${minima[column]} to ${maxima[column]} in column ${column}`;
    throw new RangeError(`expected ranges from low to high within float64, got ${got}`);
  }
  return { dim: minima.length, bins, ranges, classes: new Map() };
}

/** @throws RangeError unless bins is a whole number of at least 1 */
export function requireBins(bins: number): void {
  if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`expected at least 1 bin, got ${bins}`);
}

/**
 * Take in more rows, in place, O(count·dim).
 * @param features row-major, shape [count, dim], finite
 * @param labels one whole number a row
 * @throws RangeError for a broken shape, or a NaN or Infinity, naming its column; the counts are then of no further use
 */
export function addToBinCounts(into: BinCounts, features: Floats, labels: ArrayLike<number>): void {
  const { dim, bins, ranges, classes } = into;
  const count = rowCount(features, dim);
  requireLabels(labels, count);
  const widths = ranges.maxima.map((high, column) => (high - ranges.minima[column]) / bins);
  for (let row = 0; row < count; row++) {
    const counts = countsOf(classes, labels[row], dim * bins);
    const failed = addRow(counts, bins, ranges.minima, widths, features, row * dim);
    if (failed >= 0) throw new RangeError(`expected finite features, got others in column ${failed}`);
  }
}

/** @returns the first column that held a NaN or Infinity, or −1 */
function addRow(
  counts: Uint32Array,
  bins: number,
  minima: Float64Array,
  widths: Float64Array,
  features: Floats,
  at: number,
): number {
  const dim = minima.length;
  const last = bins - 1;
  for (let column = 0; column < dim; column++) {
    const value = features[at + column];
    if (value - value !== 0) return column;
    const low = minima[column];
    const width = widths[column];
    let bin = 0;
    if (width > 0) {
      bin = Math.max(0, Math.min(last, (value - low) / width)) | 0;
      // The division rounds otherwise than the edges do; the edges decide.
      if (bin < last && value >= (bin + 1) * width + low) bin++;
      else if (bin > 0 && value < bin * width + low) bin--;
    }
    counts[column * bins + bin]++;
  }
  return -1;
}

function countsOf(classes: Map<number, Uint32Array>, label: number, length: number): Uint32Array {
  const known = classes.get(label);
  if (known !== undefined) return known;
  const created = new Uint32Array(length);
  classes.set(label, created);
  return created;
}

/** The counts over the rows of both, in a new object. @throws RangeError when bins or ranges differ */
export function mergeBinCounts(a: BinCounts, b: BinCounts): BinCounts {
  if (a.dim !== b.dim || a.bins !== b.bins) {
    throw new RangeError(`expected ${a.bins} bins of ${a.dim} columns, got ${b.bins} of ${b.dim}`);
  }
  const differs = a.ranges.minima.findIndex(
    (low, i) => low !== b.ranges.minima[i] || a.ranges.maxima[i] !== b.ranges.maxima[i],
  );
  if (differs >= 0)
    throw new RangeError(`expected bins over the same ranges, got others in column ${differs}`);
  const merged: BinCounts = { dim: a.dim, bins: a.bins, ranges: a.ranges, classes: new Map() };
  for (const part of [a, b]) {
    for (const [label, counts] of part.classes) {
      const into = countsOf(merged.classes, label, counts.length);
      for (let i = 0; i < counts.length; i++) into[i] += counts[i];
    }
  }
  return merged;
}

/**
 * Mutual information in nats between the bin of each column and the class: Σ p(c, b)·ln(p(c, b) / p(c)·p(b)) over what
 * was counted, as scikit-learn's `mutual_info_score`. Not corrected for its bias, about (bins − 1)(classes − 1) / 2·rows.
 * @returns length dim; all 0 when no row was counted
 */
export function informationOfCounts({ dim, bins, classes }: Omit<BinCounts, 'ranges'>): Float64Array {
  const tables = [...classes.values()];
  const sizes = tables.map((counts) => counts.subarray(0, bins).reduce((sum, n) => sum + n, 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return Float64Array.from({ length: dim }, (_, column) => {
    let information = 0;
    for (let at = column * bins; at < (column + 1) * bins; at++) {
      let inBin = 0;
      for (const counts of tables) inBin += counts[at];
      for (let i = 0; i < tables.length; i++) {
        const count = tables[i][at];
        if (count > 0) information += (count / total) * log((count * total) / (sizes[i] * inBin));
      }
    }
    return Math.max(0, information);
  });
}
