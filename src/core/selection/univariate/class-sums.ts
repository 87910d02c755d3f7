import type { Floats } from '../../vector.ts';
import { rowCount } from '../../vector.ts';
import type { ColumnRanges } from './column-ranges.ts';
import { createColumnRanges, mergeColumnRanges } from './column-ranges.ts';
import { requireLabels } from '../require-matrix.ts';

/** Sum of every column within every class, and the columns' ranges: plain data, mergeable over shards. */
export interface ClassSums {
  readonly dim: number;
  /** The first row seen, length dim; the sums are of what differs from it. Null before. */
  origin: Float64Array | null;
  readonly classes: Map<number, ClassSum>;
  ranges: ColumnRanges;
}

interface ClassSum {
  count: number;
  /** Σ (x − origin), length dim. */
  readonly sums: Float64Array;
}

/** @throws RangeError unless dim is a whole number of at least 1 */
export function createClassSums(dim: number): ClassSums {
  return { dim, origin: null, classes: new Map(), ranges: createColumnRanges(dim) };
}

/**
 * Take in more rows, in place, O(count·dim).
 * @param features row-major, shape [count, dim], finite
 * @param labels one whole number a row
 * @throws RangeError for a broken shape, or a NaN or Infinity, naming its column; the sums are then of no further use
 */
export function addToClassSums(into: ClassSums, features: Floats, labels: ArrayLike<number>): void {
  const { dim, classes, ranges } = into;
  const count = rowCount(features, dim);
  requireLabels(labels, count);
  if (count === 0) return;
  into.origin ??= Float64Array.from(features.subarray(0, dim));
  const rows = Array.from({ length: count }, (_, row) => row);
  for (const [label, members] of Map.groupBy(rows, (row) => labels[row])) {
    const group = sumOf(classes, label, dim);
    group.count += members.length;
    const whole = members.length - (members.length % 4);
    for (let i = 0; i < whole; i += 4) addFourRows(group.sums, into.origin, ranges, features, members, i);
    for (let i = whole; i < members.length; i++) {
      addRow(group.sums, into.origin, ranges, features, members[i] * dim);
    }
  }
  requireFinite(into);
}

/** One loop for sums and ranges, whose branches are rarely taken. NaN passes by the ranges here; the sums keep it for `requireFinite`. */
function addRow(
  sums: Float64Array,
  origin: Float64Array,
  { minima, maxima }: ColumnRanges,
  features: Floats,
  at: number,
): void {
  const dim = sums.length;
  for (let column = 0; column < dim; column++) {
    const value = features[at + column];
    sums[column] += value - origin[column];
    if (value < minima[column]) minima[column] = value;
    if (value > maxima[column]) maxima[column] = value;
  }
}

/** `addRow` of rows `members[i]` to `members[i + 3]`: sums and ranges are read and written once for four values. */
function addFourRows(
  sums: Float64Array,
  origin: Float64Array,
  { minima, maxima }: ColumnRanges,
  features: Floats,
  members: readonly number[],
  i: number,
): void {
  const dim = sums.length;
  const first = members[i] * dim;
  const second = members[i + 1] * dim;
  const third = members[i + 2] * dim;
  const fourth = members[i + 3] * dim;
  for (let column = 0; column < dim; column++) {
    const a = features[first + column];
    const b = features[second + column];
    const c = features[third + column];
    const d = features[fourth + column];
    const from = origin[column];
    sums[column] += a - from + (b - from) + (c - from + (d - from));
    const low = minima[column];
    const high = maxima[column];
    if (a < low || b < low || c < low || d < low) minima[column] = Math.min(low, a, b, c, d);
    if (a > high || b > high || c > high || d > high) maxima[column] = Math.max(high, a, b, c, d);
  }
}

function requireFinite({ classes }: ClassSums): void {
  for (const { sums } of classes.values()) {
    const column = sums.findIndex((sum) => !Number.isFinite(sum));
    if (column >= 0) throw new RangeError(`expected finite features, got others in column ${column}`);
  }
}

function sumOf(classes: Map<number, ClassSum>, label: number, dim: number): ClassSum {
  const known = classes.get(label);
  if (known !== undefined) return known;
  const created = { count: 0, sums: new Float64Array(dim) };
  classes.set(label, created);
  return created;
}

/** The sums over the rows of both, in a new object; neither argument is touched. @throws RangeError when the widths differ */
export function mergeClassSums(a: ClassSums, b: ClassSums): ClassSums {
  const merged = createClassSums(a.dim);
  merged.ranges = mergeColumnRanges(a.ranges, b.ranges);
  const origin = a.origin ?? b.origin;
  if (origin === null) return merged;
  merged.origin = origin.slice();
  for (const part of [a, b]) {
    if (part.origin === null) continue;
    const shift = part.origin.map((value, column) => value - origin[column]);
    for (const [label, { count, sums }] of part.classes) {
      const group = sumOf(merged.classes, label, a.dim);
      group.count += count;
      for (let column = 0; column < a.dim; column++)
        group.sums[column] += sums[column] + count * shift[column];
    }
  }
  return merged;
}
