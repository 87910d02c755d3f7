import { digammaTable } from '../digamma.ts';
import { createNumpyNormal } from '../mersenne-twister.ts';
import type { Floats } from '../vector.ts';
import { numpyDeviation, numpyMeanMagnitude } from './numpy-deviation.ts';

export interface MutualInformationOptions {
  readonly count: number;
  readonly dim: number;
  /** Neighbours of a point within its own class; a class of n points uses min(neighbours, n − 1). Default 3. */
  readonly neighbours?: number;
  /** From 0 to 2^32 − 1. The same noise as scikit-learn's `random_state`. */
  readonly seed: number;
  /** Break ties by noise of 1e-10 standard deviations. Default true. */
  readonly noise?: boolean;
}

/** Columns whose standard deviation is below this are not scaled: scikit-learn's `_handle_zeros_in_scale`. */
const MIN_DEVIATION = 10 * Number.EPSILON;
const MIN_DEVIATION_FLOAT32 = 10 * 2 ** -23;
const NOISE_SCALE = 1e-10;
/** Steps of plain search around a point before bisection takes over. */
const NEAR_STEPS = 8;

/**
 * Mutual information in nats between each feature and a class label, by nearest neighbours (Ross 2014, PLoS ONE 9(2),
 * equation 4) in the form of scikit-learn's `mutual_info_classif`: columns divided by their population standard
 * deviation without centring, seeded noise against ties, ψ(N) + ⟨ψ(k)⟩ − ⟨ψ(N_class)⟩ − ⟨ψ(m)⟩ with m the points closer
 * than the k-th neighbour (the point itself with them), clipped at 0. Classes of one point are left out.
 * One feature is one-dimensional, so sorted columns replace the tree: O(dim·count·log count).
 * @param features row-major, shape [count, dim], finite
 * @param labels any whole numbers, one a row
 * @returns length dim; all 0 when no class has two points
 * @throws RangeError for wrong lengths, no neighbours, or a NaN or Infinity in a column
 */
export function mutualInformation(
  features: Floats,
  labels: ArrayLike<number>,
  options: MutualInformationOptions,
): Float64Array {
  const { count, dim, neighbours = 3, seed, noise = true } = options;
  if (features.length !== count * dim || labels.length !== count) {
    throw new RangeError(
      `expected ${count}×${dim} features and ${count} labels, got ${features.length} and ${labels.length}`,
    );
  }
  if (!Number.isInteger(neighbours) || neighbours < 1) {
    throw new RangeError(`expected at least 1 neighbour, got ${neighbours}`);
  }
  if (count === 0) return new Float64Array(dim);
  const classes = groupByClass(labels);
  const columns = scaledColumns(features, count, dim);
  if (noise) addNoise(columns, count, dim, seed);
  const psi = digammaTable(count);
  const values = new Float64Array(classes.rows.length);
  const sorted = new Float64Array(classes.rows.length);
  return Float64Array.from({ length: dim }, (_, column) => {
    const offset = column * count;
    for (let i = 0; i < values.length; i++) values[i] = columns[offset + classes.rows[i]];
    return informationOfColumn(values, sorted, classes.starts, neighbours, psi);
  });
}

interface Classes {
  /** Row numbers, class after class, without the classes of one row. */
  readonly rows: Uint32Array;
  /** Where each class begins in `rows`, and the end of the last. */
  readonly starts: Uint32Array;
}

function groupByClass(labels: ArrayLike<number>): Classes {
  const members = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row++) {
    const rows = members.get(labels[row]);
    if (rows === undefined) members.set(labels[row], [row]);
    else rows.push(row);
  }
  const kept = [...members.values()].filter((rows) => rows.length > 1);
  const starts = new Uint32Array(kept.length + 1);
  kept.forEach((rows, i) => (starts[i + 1] = starts[i] + rows.length));
  return { rows: Uint32Array.from(kept.flat()), starts };
}

/**
 * Column-major copy, shape [dim, count], each column divided by its standard deviation; float32 features in float32
 * arithmetic, as scikit-learn scales them.
 */
function scaledColumns(features: Floats, count: number, dim: number): Float64Array {
  const columns = transpose(features, count, dim);
  const scaled = new Float64Array(columns.length);
  const scratch = columns.slice(0, count);
  const minDeviation = columns instanceof Float32Array ? MIN_DEVIATION_FLOAT32 : MIN_DEVIATION;
  for (let column = 0; column < dim; column++) {
    const values = columns.subarray(column * count, (column + 1) * count);
    const deviation = numpyDeviation(values, scratch);
    if (!Number.isFinite(deviation)) {
      throw new RangeError(`expected finite features, got others in column ${column}`);
    }
    const scale = deviation < minDeviation ? 1 : deviation;
    for (let i = 0; i < count; i++) values[i] /= scale;
    scaled.set(values, column * count);
  }
  return scaled;
}

function transpose(features: Floats, count: number, dim: number): Floats {
  const columns = features.slice();
  // Eight rows at a time: a line of the cache is then written whole.
  for (let first = 0; first < count; first += 8) {
    const last = Math.min(first + 8, count);
    for (let column = 0; column < dim; column++) {
      const offset = column * count;
      for (let row = first; row < last; row++) columns[offset + row] = features[row * dim + column];
    }
  }
  return columns;
}

function addNoise(columns: Float64Array, count: number, dim: number, seed: number): void {
  const scratch = new Float64Array(count);
  const scales = Float64Array.from({ length: dim }, (_, column) => {
    const values = columns.subarray(column * count, (column + 1) * count);
    return NOISE_SCALE * Math.max(1, numpyMeanMagnitude(values, scratch));
  });
  // numpy draws row by row.
  const nextNormal = createNumpyNormal(seed);
  for (let row = 0; row < count; row++) {
    for (let column = 0, at = row; column < dim; column++, at += count) {
      columns[at] += scales[column] * nextNormal();
    }
  }
}

/**
 * @param values one column, class after class; sorted in place within each class
 * @param sorted scratch of the same length
 */
function informationOfColumn(
  values: Float64Array,
  sorted: Float64Array,
  starts: Uint32Array,
  neighbours: number,
  psi: Float64Array,
): number {
  const total = values.length;
  if (total === 0) return 0;
  sorted.set(values);
  sorted.sort();
  let sum = 0;
  for (let c = 0; c + 1 < starts.length; c++) {
    const points = values.subarray(starts[c], starts[c + 1]).sort();
    const size = points.length;
    const k = Math.min(neighbours, size - 1);
    sum += size * (psi[k] - psi[size]) - sumOfCounts(points, sorted, k, psi);
  }
  return Math.max(0, psi[total] + sum / total);
}

/** Σ ψ(m) over the points of one class, where m counts all points that are closer than the k-th neighbour. */
function sumOfCounts(points: Float64Array, sorted: Float64Array, k: number, psi: Float64Array): number {
  const size = points.length;
  const total = sorted.length;
  const isSmall = k >= Math.floor(size / 2);
  let sum = 0;
  let low = 0;
  let at = 0;
  for (let i = 0; i < size; i++) {
    const x = points[i];
    // The k + 1 nearest points, x with them, are a window that only moves up.
    while (low + k + 1 < size && points[low + k + 1] - x < x - points[low]) low++;
    const radius = isSmall ? expandedRadius(points, x, k) : Math.max(x - points[low], points[low + k] - x);
    while (sorted[at] < x) at++;
    sum += psi[upperEnd(sorted, at, total, x, radius) - lowerEnd(sorted, at, x, radius)];
  }
  return sum;
}

/**
 * Distance to the k-th neighbour as scikit-learn has it for classes of at most 2k + 1 points: its brute-force search
 * expands (x − y)² to x² − 2xy + y², and the digits lost there decide whether the k-th neighbour itself is counted.
 */
function expandedRadius(points: Float64Array, x: number, k: number): number {
  const squares = points.map((y) => Math.max(0, x * x + -2 * (x * y) + y * y)).sort();
  return Math.sqrt(squares[k]);
}

/** First index whose value is closer to x than radius, or equal to x; `at` is the first index of x. */
function lowerEnd(sorted: Float64Array, at: number, x: number, radius: number): number {
  let inside = at;
  const near = Math.max(0, at - NEAR_STEPS);
  while (inside > near && x - sorted[inside - 1] < radius) inside--;
  if (inside > near || near === 0) return inside;
  let outside = -1;
  while (inside - outside > 1) {
    const middle = (inside + outside) >> 1;
    if (x - sorted[middle] < radius) inside = middle;
    else outside = middle;
  }
  return inside;
}

/** One past the last index whose value is closer to x than radius, or equal to x. */
function upperEnd(sorted: Float64Array, at: number, total: number, x: number, radius: number): number {
  let inside = at;
  const near = Math.min(total - 1, at + NEAR_STEPS);
  while (inside < near && isWithin(sorted[inside + 1] - x, radius)) inside++;
  if (inside < near || near === total - 1) return inside + 1;
  let outside = total;
  while (outside - inside > 1) {
    const middle = (inside + outside) >> 1;
    if (isWithin(sorted[middle] - x, radius)) inside = middle;
    else outside = middle;
  }
  return outside;
}

function isWithin(distance: number, radius: number): boolean {
  return distance < radius || distance === 0;
}
