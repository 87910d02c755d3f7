import { describe, expect, it } from 'vitest';
import { createRandom, shuffle } from '../../../src/core/random.ts';
import { similarityOrder } from '../../../src/core/search/similarity-order.ts';

const SEED = 7;

function gaussianRows(count: number, dim: number, seed = SEED): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count * dim }, () => random.nextGaussian());
}

/** `clusters` tight clusters of `size` rows, far apart, in random order; `cluster[row]` says which one a row is of. */
function clusteredRows(clusters: number, size: number, dim: number) {
  const random = createRandom(SEED);
  const centres = gaussianRows(clusters, dim, SEED + 1);
  const cluster = Uint32Array.from({ length: clusters * size }, (_, i) => i % clusters);
  shuffle(cluster, random);
  const rows = new Float32Array(cluster.length * dim);
  cluster.forEach((c, row) => {
    for (let i = 0; i < dim; i++) {
      rows[row * dim + i] = 10 * centres[c * dim + i] + 0.01 * random.nextGaussian();
    }
  });
  return { rows, cluster };
}

function expectPermutation(order: Uint32Array, count: number): void {
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, row) => row));
}

/** Mean squared distance between two rows of one leaf. */
function meanSquaresWithinLeaves(
  rows: Float32Array,
  dim: number,
  order: Uint32Array,
  leafSize: number,
): number {
  let sum = 0;
  let pairs = 0;
  order.forEach((row, i) => {
    for (let j = i + 1; j < order.length && Math.floor(j / leafSize) === Math.floor(i / leafSize); j++) {
      for (let d = 0; d < dim; d++) sum += (rows[row * dim + d] - rows[order[j] * dim + d]) ** 2;
      pairs++;
    }
  });
  return sum / pairs;
}

describe('similarityOrder', () => {
  it.each([
    [0, 4],
    [1, 4],
    [4, 4],
    [5, 4],
    [100, 1],
    [1000, 7],
    [1000, 1000],
    [1000, 5000],
  ])('gives each of %i rows once, in leaves of %i', (count, leafSize) => {
    const order = similarityOrder(gaussianRows(count, 6), 6, { leafSize, seed: SEED });
    expectPermutation(order, count);
    for (let start = 0; start < count; start += leafSize) {
      const leaf = order.slice(start, start + leafSize);
      expect(leaf).toEqual(leaf.slice().sort());
    }
  });

  it('puts rows on a line into leaves of neighbours', () => {
    const line = Uint32Array.from({ length: 1024 }, (_, i) => i);
    shuffle(line, createRandom(SEED));
    const order = similarityOrder(Float32Array.from(line), 1, { leafSize: 16, seed: SEED });
    for (let start = 0; start < order.length; start += 16) {
      const values = [...order.subarray(start, start + 16)].map((row) => line[row]);
      expect(Math.max(...values) - Math.min(...values)).toBe(15);
    }
  });

  it('gives clusters of a leaf each a leaf of their own', () => {
    const { rows, cluster } = clusteredRows(2, 32, 8);
    const order = similarityOrder(rows, 8, { leafSize: 32, seed: SEED });
    expect(new Set([...order.subarray(0, 32)].map((row) => cluster[row])).size).toBe(1);
    expect(new Set([...order.subarray(32)].map((row) => cluster[row])).size).toBe(1);
  });

  it('keeps clusters together although cuts fall between whole leaves', () => {
    const { rows, cluster } = clusteredRows(20, 50, 8);
    const order = similarityOrder(rows, 8, { leafSize: 10, seed: SEED });
    const clustersOfLeaves = Array.from(
      { length: 100 },
      (_, leaf) => new Set([...order.subarray(10 * leaf, 10 * leaf + 10)].map((row) => cluster[row])).size,
    );
    // A cut goes through one cluster at most, and there are 99 of them; in arrival order a leaf has about 8 clusters.
    expect(clustersOfLeaves.reduce((sum, size) => sum + size) / 100).toBeLessThan(2);
  });

  it('makes leaves of near rows where there are no clusters', () => {
    const rows = gaussianRows(2000, 3);
    const arrival = Uint32Array.from({ length: 2000 }, (_, row) => row);
    const order = similarityOrder(rows, 3, { leafSize: 20, seed: SEED });
    const ratio = meanSquaresWithinLeaves(rows, 3, order, 20) / meanSquaresWithinLeaves(rows, 3, arrival, 20);
    // A hundred cells in three dimensions are a fifth of the whole wide: 0.04, tails and long cells make it more.
    expect(ratio).toBeLessThan(0.15);
  });

  it('gives equal orders for equal seeds, and others for others', () => {
    const rows = gaussianRows(3000, 8);
    const order = similarityOrder(rows, 8, { leafSize: 10, seed: 1 });
    expect(similarityOrder(rows, 8, { leafSize: 10, seed: 1 })).toEqual(order);
    expect(similarityOrder(rows, 8, { leafSize: 10, seed: 2 })).not.toEqual(order);
  });

  it('leaves rows that are all equal in their order, in short time', () => {
    const order = similarityOrder(new Float32Array(20_000 * 2).fill(0.5), 2, { leafSize: 16, seed: SEED });
    expect(order).toEqual(Uint32Array.from({ length: 20_000 }, (_, row) => row));
  });

  it('brings duplicates together', () => {
    const distinct = gaussianRows(50, 4);
    const rows = Float32Array.from({ length: 500 * 4 }, (_, i) => distinct[i % 200]);
    const order = similarityOrder(rows, 4, { leafSize: 10, seed: SEED });
    expectPermutation(order, 500);
    // 49 cuts cross at most one set of ten duplicates each: of 50 leaves most are of one or two.
    const sets = Array.from(
      { length: 50 },
      (_, leaf) => new Set([...order.subarray(10 * leaf, 10 * leaf + 10)].map((row) => row % 50)).size,
    );
    expect(sets.reduce((sum, size) => sum + size) / 50).toBeLessThanOrEqual(2);
  });

  it('orders numbers at both ends of float32', () => {
    const rows = Float32Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 3e38 : -3e38));
    const order = similarityOrder(rows, 1, { leafSize: 200, seed: SEED });
    expect(new Set([...order.subarray(0, 200)].map((row) => rows[row])).size).toBe(1);
  });

  it('does not change the rows', () => {
    const rows = gaussianRows(300, 4);
    const before = rows.slice();
    similarityOrder(rows, 4, { leafSize: 8, seed: SEED });
    expect(rows).toEqual(before);
  });

  it.each([0, -1, 1.5, NaN, Infinity])('refuses leaves of %d rows', (leafSize) => {
    expect(() => similarityOrder(gaussianRows(4, 2), 2, { leafSize, seed: SEED })).toThrow(
      new RangeError(`expected a leaf of a whole number of rows, at least 1, got ${leafSize}`),
    );
  });

  it.each([NaN, Infinity, -Infinity])('refuses %d and names its row', (value) => {
    const rows = gaussianRows(10, 3);
    rows[3 * 4 + 2] = value;
    expect(() => similarityOrder(rows, 3, { leafSize: 2, seed: SEED })).toThrow(
      new RangeError(`expected finite numbers, got ${value} in row 4`),
    );
  });

  it('refuses a matrix that is not of whole rows', () => {
    expect(() => similarityOrder(new Float32Array(7), 3, { leafSize: 2, seed: SEED })).toThrow(
      new RangeError('expected whole rows of 3 elements, got 7 elements'),
    );
  });
});
