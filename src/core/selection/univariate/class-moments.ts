import type { Floats } from '../../vector.ts';
import { rowCount } from '../../vector.ts';
import { requireLabels } from '../require-matrix.ts';

/** Mean and spread of every column within every class, gathered row by row: plain data, mergeable over shards. */
export interface ClassMoments {
  readonly dim: number;
  /** The first row seen, length dim; all is measured from it, so that a large mean costs no digits. Null before. */
  origin: Float64Array | null;
  readonly classes: Map<number, Moments>;
}

interface Moments {
  count: number;
  /** Mean less origin, length dim. */
  readonly offsets: Float64Array;
  /** Σ (x − mean)², length dim. */
  readonly squares: Float64Array;
}

/** @throws RangeError unless dim is a whole number of at least 1 */
export function createClassMoments(dim: number): ClassMoments {
  rowCount([], dim);
  return { dim, origin: null, classes: new Map() };
}

/**
 * Take in more rows, in place. One pass by Welford's update, O(count·dim).
 * @param features row-major, shape [count, dim], finite
 * @param labels one whole number a row
 * @throws RangeError for a broken shape, or a NaN or Infinity, naming its column; the moments are then of no further use
 */
export function addToClassMoments(moments: ClassMoments, features: Floats, labels: ArrayLike<number>): void {
  const { dim, classes } = moments;
  const count = rowCount(features, dim);
  requireLabels(labels, count);
  if (count === 0) return;
  moments.origin ??= Float64Array.from(features.subarray(0, dim));
  for (let row = 0; row < count; row++) {
    const group = momentsOf(classes, labels[row], dim);
    group.count++;
    addRow(group, moments.origin, features, row * dim);
  }
  requireFinite(moments);
}

function addRow(
  { count, offsets, squares }: Moments,
  origin: Float64Array,
  features: Floats,
  at: number,
): void {
  const dim = origin.length;
  const share = 1 / count;
  for (let column = 0; column < dim; column++) {
    const value = features[at + column] - origin[column];
    const before = value - offsets[column];
    const offset = offsets[column] + before * share;
    offsets[column] = offset;
    squares[column] += before * (value - offset);
  }
}

function momentsOf(classes: Map<number, Moments>, label: number, dim: number): Moments {
  const known = classes.get(label);
  if (known !== undefined) return known;
  const created = { count: 0, offsets: new Float64Array(dim), squares: new Float64Array(dim) };
  classes.set(label, created);
  return created;
}

function requireFinite({ classes }: ClassMoments): void {
  for (const { offsets } of classes.values()) {
    const column = offsets.findIndex((offset) => !Number.isFinite(offset));
    if (column >= 0) throw new RangeError(`expected finite features, got others in column ${column}`);
  }
}

/**
 * The moments of all rows of both, in a new object; neither argument is touched. Source: Chan, Golub and LeVeque 1983,
 * The American Statistician 37(3), equation 1.5b.
 * @throws RangeError when the widths differ
 */
export function mergeClassMoments(a: ClassMoments, b: ClassMoments): ClassMoments {
  if (a.dim !== b.dim) throw new RangeError(`expected moments of ${a.dim} columns, got ${b.dim}`);
  const origin = a.origin ?? b.origin;
  const merged: ClassMoments = { dim: a.dim, origin, classes: new Map() };
  if (origin === null) return merged;
  for (const part of [a, b]) {
    if (part.origin === null) continue;
    const shift = part.origin.map((value, column) => value - origin[column]);
    for (const [label, group] of part.classes)
      mergeGroup(momentsOf(merged.classes, label, a.dim), group, shift);
  }
  return merged;
}

/** @param shift what to add to the offsets of `group` to measure them from the origin of `into` */
function mergeGroup(into: Moments, group: Moments, shift: Float64Array): void {
  const count = into.count + group.count;
  const share = group.count / count;
  const weight = into.count * share;
  for (let column = 0; column < shift.length; column++) {
    const difference = group.offsets[column] + shift[column] - into.offsets[column];
    into.offsets[column] += difference * share;
    into.squares[column] += group.squares[column] + difference * difference * weight;
  }
  into.count = count;
}

/** What lies within the classes and what lies between them, over all rows. */
export interface SumsOfSquares {
  readonly count: number;
  /** Mean of every column. */
  readonly means: Float64Array;
  readonly within: Float64Array;
  readonly between: Float64Array;
}

/** @throws RangeError when no row was taken in */
export function sumsOfSquares({ dim, origin, classes }: ClassMoments): SumsOfSquares {
  if (origin === null) throw new RangeError('expected at least one row, got none');
  const groups = [...classes.values()];
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const offsets = new Float64Array(dim);
  const within = new Float64Array(dim);
  const between = new Float64Array(dim);
  for (const group of groups) {
    const share = group.count / count;
    for (let column = 0; column < dim; column++) {
      offsets[column] += group.offsets[column] * share;
      within[column] += group.squares[column];
    }
  }
  for (const group of groups) {
    for (let column = 0; column < dim; column++) {
      const difference = group.offsets[column] - offsets[column];
      between[column] += group.count * difference * difference;
    }
  }
  return { count, means: offsets.map((offset, column) => origin[column] + offset), within, between };
}
