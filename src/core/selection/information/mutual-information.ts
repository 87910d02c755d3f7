import { digammaTable } from './digamma.ts';
import { createRandom, shuffle } from '../../random.ts';
import type { Floats } from '../../vector.ts';
import type { Argsort } from './argsort.ts';
import { argsort, createArgsort } from './argsort.ts';
import type { ClassPoints } from './neighbour-counts.ts';
import { sumOfCounts } from './neighbour-counts.ts';
import { requireMatrix } from '../require-matrix.ts';
import { addNoise, scaledColumns } from './scaled-columns.ts';

export interface MutualInformationOptions {
  readonly count: number;
  readonly dim: number;
  /** Neighbours of a point within its own class; a class of n points uses min(neighbours, n − 1). Default 3. */
  readonly neighbours?: number;
  /** From 0 to 2^32 − 1. The same noise as scikit-learn's `random_state`. */
  readonly seed: number;
  /** Break ties by noise of 1e-10 standard deviations. Default true. */
  readonly noise?: boolean;
  /** Subtract the mean score under this many seeded shuffles of the labels. Default 0. */
  readonly permutations?: number;
  /** First column to score and the one past the last, for work that is shared out. Default all. */
  readonly columns?: readonly [from: number, to: number];
}

/**
 * Mutual information in nats between each feature and a class label, by nearest neighbours (Ross 2014, PLoS ONE 9(2),
 * equation 4) in the form of scikit-learn's `mutual_info_classif`: columns divided by their population standard
 * deviation without centring, seeded noise against ties, ψ(N) + ⟨ψ(k)⟩ − ⟨ψ(N_class)⟩ − ⟨ψ(m)⟩ with m the points closer
 * than the k-th neighbour (the point itself with them), clipped at 0. Classes of one point are left out.
 * One feature is one-dimensional, so a sorted column replaces the tree: O(dim·count) on ordinary data, and as
 * much again for each permutation.
 * @param features row-major, shape [count, dim], finite
 * @param labels any whole numbers, one a row
 * @returns one score a column asked for, the same whichever columns are asked for with it; all 0 when no class has two
 *   points. With permutations a score is the clipped one less the mean of the clipped ones under shuffled labels: about
 *   half of the features that say nothing come out below 0, and are left there.
 * @throws RangeError for wrong lengths, no neighbours, columns out of range, or a NaN or Infinity in a column
 */
export function mutualInformation(
  features: Floats,
  labels: ArrayLike<number>,
  options: MutualInformationOptions,
): Float64Array {
  const { count, dim, neighbours = 3, seed, noise = true, permutations = 0 } = options;
  const [from, to] = options.columns ?? [0, dim];
  requireMatrix(features, labels, count, dim);
  requireOptions(dim, neighbours, permutations, from, to);
  const scores = new Float64Array(to - from);
  if (count === 0) return scores;
  const classes = groupByClass(labels);
  const columns = scaledColumns(features, { count, dim, from, to });
  if (noise) addNoise(columns, { count, dim, from, to }, seed);
  const psi = digammaTable(count);
  const shuffles = shuffledClasses(classes.classOf, permutations, seed);
  const values = new Float64Array(classes.rows.length);
  const room = createRoom(classes);
  for (let column = 0; column < scores.length; column++) {
    const offset = column * count;
    for (let i = 0; i < values.length; i++) values[i] = columns[offset + classes.rows[i]];
    argsort(values, room.sort);
    scores[column] = informationOfColumn(classes.classOf, room, neighbours, psi);
    let sum = 0;
    for (const classOf of shuffles) sum += informationOfColumn(classOf, room, neighbours, psi);
    if (permutations > 0) scores[column] -= sum / permutations;
  }
  return scores;
}

function requireOptions(
  dim: number,
  neighbours: number,
  permutations: number,
  from: number,
  to: number,
): void {
  if (!Number.isInteger(neighbours) || neighbours < 1) {
    throw new RangeError(`expected at least 1 neighbour, got ${neighbours}`);
  }
  if (!Number.isInteger(permutations) || permutations < 0) {
    throw new RangeError(`expected a whole number of permutations, got ${permutations}`);
  }
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || from > to || to > dim) {
    throw new RangeError(`expected columns from 0 up to ${dim}, got ${from} up to ${to}`);
  }
}

interface Classes {
  /** The rows whose class has at least two. */
  readonly rows: Uint32Array;
  /** The class of each of them, numbered from 0 by first appearance. */
  readonly classOf: Uint32Array;
  /** Rows of each class. */
  readonly sizes: readonly number[];
}

function groupByClass(labels: ArrayLike<number>): Classes {
  const counts = new Map<number, number>();
  for (let row = 0; row < labels.length; row++) counts.set(labels[row], (counts.get(labels[row]) ?? 0) + 1);
  const kept = [...counts].filter(([, size]) => size > 1);
  const numbers = new Map(kept.map(([label], number) => [label, number]));
  const rows: number[] = [];
  const classOf: number[] = [];
  for (let row = 0; row < labels.length; row++) {
    const number = numbers.get(labels[row]);
    if (number === undefined) continue;
    rows.push(row);
    classOf.push(number);
  }
  return {
    rows: Uint32Array.from(rows),
    classOf: Uint32Array.from(classOf),
    sizes: kept.map(([, size]) => size),
  };
}

function shuffledClasses(classOf: Uint32Array, permutations: number, seed: number): readonly Uint32Array[] {
  const random = createRandom(seed);
  return Array.from({ length: permutations }, () => {
    const shuffled = classOf.slice();
    shuffle(shuffled, random);
    return shuffled;
  });
}

/** What is overwritten for every column. */
interface Room {
  readonly sort: Argsort;
  readonly points: readonly ClassPoints[];
  readonly filled: Uint32Array;
}

function createRoom({ rows, sizes }: Classes): Room {
  const points = sizes.map((size) => ({ values: new Float64Array(size), positions: new Uint32Array(size) }));
  return { sort: createArgsort(rows.length), points, filled: new Uint32Array(sizes.length) };
}

/** @param classOf class of every value as it stood before the sort */
function informationOfColumn(
  classOf: Uint32Array,
  { sort: { sorted, order }, points, filled }: Room,
  neighbours: number,
  psi: Float64Array,
): number {
  const total = sorted.length;
  if (total === 0) return 0;
  filled.fill(0);
  for (let position = 0; position < total; position++) {
    const number = classOf[order[position]];
    const at = filled[number]++;
    points[number].values[at] = sorted[position];
    points[number].positions[at] = position;
  }
  let sum = 0;
  for (const group of points) {
    const size = group.values.length;
    const k = Math.min(neighbours, size - 1);
    sum += size * (psi[k] - psi[size]) - sumOfCounts(group, sorted, k, psi);
  }
  return Math.max(0, psi[total] + sum / total);
}
