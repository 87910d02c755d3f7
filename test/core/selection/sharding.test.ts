import { describe, expect, it } from 'vitest';
import {
  addToBinCounts,
  createBinCounts,
  informationOfCounts,
  mergeBinCounts,
} from '../../../src/core/selection/information/bin-counts.ts';
import { binnedMutualInformation } from '../../../src/core/selection/information/binned-mutual-information.ts';
import { chiSquare, chiSquareFromSums } from '../../../src/core/selection/univariate/chi-square.ts';
import {
  addToClassMoments,
  createClassMoments,
  mergeClassMoments,
  sumsOfSquares,
} from '../../../src/core/selection/univariate/class-moments.ts';
import {
  addToClassSums,
  createClassSums,
  mergeClassSums,
} from '../../../src/core/selection/univariate/class-sums.ts';
import {
  addToColumnRanges,
  createColumnRanges,
  mergeColumnRanges,
} from '../../../src/core/selection/univariate/column-ranges.ts';
import { fFromMoments, fStatistic } from '../../../src/core/selection/univariate/f-statistic.ts';
import { columnVariances, variancesFromMoments } from '../../../src/core/selection/univariate/variance.ts';
import { createRandom } from '../../../src/core/random.ts';
import { expectRelative } from '../expect-relative.ts';
import { gaussians, randomLabels } from '../random-data.ts';

const COUNT = 400;
const DIM = 5;
const SIZE = { count: COUNT, dim: DIM };
/** What streaming promises; sums of 400 numbers in another order differ by some 1e-14. */
const TOLERANCE = 1e-9;

interface Shard {
  readonly features: Float64Array;
  readonly labels: Int32Array;
}

/** Columns of scale 1e-3 to 1e3, one around 1e6, one constant; labels sorted, so that shards lack classes. */
function made(seed: number): Shard {
  const labels = randomLabels(COUNT, 4, seed).sort();
  const features = gaussians(COUNT * DIM, seed + 1).map((x, i) => {
    const shifted = x + 0.3 * labels[Math.floor(i / DIM)];
    return [shifted * 1e-3, shifted, shifted * 1e3, shifted + 1e6, 0.1][i % DIM];
  });
  return { features, labels };
}

/** Cut at random, so that some shards are empty and some of one row. */
function cut({ features, labels }: Shard, seed: number): Shard[] {
  const random = createRandom(seed);
  const inner = Array.from({ length: 12 }, () => random.nextInt(COUNT + 1));
  const ends = [0, 0, ...inner, inner[0], inner[1] + 1, COUNT]
    .map((end) => Math.min(end, COUNT))
    .sort((a, b) => a - b);
  return ends.slice(1).map((end, i) => ({
    features: features.subarray(ends[i] * DIM, end * DIM),
    labels: labels.subarray(ends[i], end),
  }));
}

/** Merged as a tree, so that merged parts meet merged parts. */
function reduceTree<T>(parts: readonly T[], merge: (a: T, b: T) => T): T {
  if (parts.length === 1) return parts[0];
  const half = Math.ceil(parts.length / 2);
  return merge(reduceTree(parts.slice(0, half), merge), reduceTree(parts.slice(half), merge));
}

describe.each([1, 2, 3, 4, 5])('shards cut at random, seed %i', (seed) => {
  const all = made(seed);
  const shards = cut(all, seed);

  it('gives variance and F as in one pass, merged or fed one after the other', () => {
    const merged = reduceTree(
      shards.map(({ features, labels }) => {
        const moments = createClassMoments(DIM);
        addToClassMoments(moments, features, labels);
        return moments;
      }),
      mergeClassMoments,
    );
    const fed = createClassMoments(DIM);
    for (const { features, labels } of shards) addToClassMoments(fed, features, labels);
    const expected = fStatistic(all.features, all.labels, SIZE);
    for (const moments of [merged, fed]) {
      expectRelative(variancesFromMoments(moments), columnVariances(all.features, DIM), TOLERANCE);
      const { scores, pValues } = fFromMoments(moments);
      expectRelative(scores, expected.scores, TOLERANCE);
      // F to 1e-14 moves a p-value of 1e-20 by some 1e-12.
      expectRelative(pValues, expected.pValues, TOLERANCE);
    }
    expect(sumsOfSquares(merged).count).toBe(COUNT);
  });

  it('gives chi-square as in one pass, though only one shard may hold the negative value', () => {
    for (const features of [all.features, all.features.map(Math.abs)]) {
      const sums = reduceTree(
        cut({ features, labels: all.labels }, seed).map((shard) => {
          const part = createClassSums(DIM);
          addToClassSums(part, shard.features, shard.labels);
          return part;
        }),
        mergeClassSums,
      );
      const expected = chiSquare(features, all.labels, SIZE);
      const actual = chiSquareFromSums(sums);
      expect(actual.scaled).toBe(expected.scaled);
      // Unscaled, a sum of 1e8 hides what the classes differ by in all but 7 digits, and a constant leaves rounding alone.
      const comparable = expected.scaled ? DIM : 3;
      for (const name of ['scores', 'pValues'] as const) {
        expectRelative(
          actual[name].subarray(0, comparable),
          expected[name].subarray(0, comparable),
          TOLERANCE,
        );
      }
    }
  });

  it('gives ranges and binned mutual information to the bit, in a pass for each', () => {
    const ranges = reduceTree(
      shards.map(({ features }) => {
        const part = createColumnRanges(DIM);
        addToColumnRanges(part, features);
        return part;
      }),
      mergeColumnRanges,
    );
    for (let column = 0; column < DIM; column++) {
      const values = all.features.filter((_, i) => i % DIM === column);
      expect([ranges.minima[column], ranges.maxima[column]]).toEqual([
        Math.min(...values),
        Math.max(...values),
      ]);
    }
    const counts = reduceTree(
      shards.map(({ features, labels }) => {
        const part = createBinCounts(ranges, 16);
        addToBinCounts(part, features, labels);
        return part;
      }),
      mergeBinCounts,
    );
    expect([...informationOfCounts(counts)]).toEqual([
      ...binnedMutualInformation(all.features, all.labels, SIZE),
    ]);
  });
});

describe('merging', () => {
  it('leaves both arguments as they were, and takes more rows afterwards', () => {
    const { features, labels } = made(6);
    const half = 200;
    const a = createClassMoments(DIM);
    addToClassMoments(a, features.subarray(0, half * DIM), labels.subarray(0, half));
    const before = structuredClone(a);
    const merged = mergeClassMoments(createClassMoments(DIM), a);
    addToClassMoments(merged, features.subarray(half * DIM), labels.subarray(half));
    expect(a).toEqual(before);
    expectRelative(variancesFromMoments(merged), columnVariances(features, DIM), TOLERANCE);
  });

  it('gives something empty for empty parts', () => {
    const moments = mergeClassMoments(createClassMoments(2), createClassMoments(2));
    expect(moments).toEqual(createClassMoments(2));
    expect(() => variancesFromMoments(moments)).toThrow(/at least one row/);
    expect(() => chiSquareFromSums(mergeClassSums(createClassSums(2), createClassSums(2)))).toThrow(
      /classes, got 0/,
    );
    const ranges = { minima: Float64Array.of(0), maxima: Float64Array.of(1) };
    expect([...informationOfCounts(createBinCounts(ranges, 4))]).toEqual([0]);
  });

  it('counts what lies beyond a range set by hand in the outer bins', () => {
    const counts = createBinCounts({ minima: Float64Array.of(0), maxima: Float64Array.of(1) }, 2);
    addToBinCounts(counts, Float64Array.of(-5, 0.4, 0.5, 1, 9), new Uint8Array(5));
    expect([...(counts.classes.get(0) ?? [])]).toEqual([2, 3]);
  });

  it('rejects parts of other widths, bins or ranges, and labels that are not one a row', () => {
    expect(() => mergeClassMoments(createClassMoments(2), createClassMoments(3))).toThrow(/2 columns, got 3/);
    expect(() => mergeClassSums(createClassSums(2), createClassSums(3))).toThrow(/2 columns, got 3/);
    const ranges = (high: number) => ({ minima: Float64Array.of(0), maxima: Float64Array.of(high) });
    expect(() => mergeBinCounts(createBinCounts(ranges(1), 4), createBinCounts(ranges(1), 5))).toThrow(
      /4 bins/,
    );
    expect(() => mergeBinCounts(createBinCounts(ranges(1), 4), createBinCounts(ranges(2), 4))).toThrow(
      /column 0/,
    );
    expect(() => createBinCounts(ranges(NaN), 4)).toThrow(/column 0/);
    expect(() => createBinCounts(createColumnRanges(1), 4)).toThrow(/Infinity to -Infinity in column 0/);
    expect(() =>
      createBinCounts({ minima: Float64Array.of(-1e308), maxima: Float64Array.of(1e308) }, 4),
    ).toThrow(/within float64/);
    expect(() => addToClassMoments(createClassMoments(2), gaussians(4, 1), [0])).toThrow(
      /each of 2 rows, got 1/,
    );
    expect(() => createClassMoments(0)).toThrow(RangeError);
  });
});
