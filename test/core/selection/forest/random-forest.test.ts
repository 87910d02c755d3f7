import { describe, expect, it } from 'vitest';
import type { RandomForestOptions } from '../../../../src/core/selection/forest/random-forest.ts';
import {
  averageTrees,
  randomForest,
  treeImportances,
} from '../../../../src/core/selection/forest/random-forest.ts';
import { gaussians, randomLabels } from '../../random-data.ts';
import { readFixture } from '../../read-fixture.ts';

interface Case {
  readonly name: string;
  readonly count: number;
  readonly dim: number;
  readonly values: number[];
  readonly labels: number[];
  readonly importances: number[][];
}

function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - meanA) * (b[i] - meanB);
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

const COUNT = 120;
const DIM = 9;
const labels = randomLabels(COUNT, 2, 1);
/** Feature 0 tells the class half of the time, the rest nothing. */
const features = gaussians(COUNT * DIM, 2).map((x, i) =>
  i % DIM === 0 ? x + 2 * labels[Math.floor(i / DIM)] : x,
);
const OPTIONS = { count: COUNT, dim: DIM, trees: 30, seed: 3 };
const forest = (more: Partial<RandomForestOptions> = {}, x = features, y: ArrayLike<number> = labels) =>
  randomForest(x, y, { ...OPTIONS, ...more });
const sumOf = (values: Float64Array) => values.reduce((sum, x) => sum + x, 0);

describe('randomForest', () => {
  it.each(readFixture<Case[]>('random-forest'))(
    'is as near to scikit-learn as its own seeds are to each other: $name',
    ({ count, dim, values, labels: classes, importances }) => {
      const theirs = importances.flatMap((a, i) => importances.slice(i + 1).map((b) => pearson(a, b)));
      for (const seed of [0, 1, 2]) {
        const ours = randomForest(Float64Array.from(values), classes, { count, dim, trees: 100, seed });
        const agreement = importances.map((importance) => pearson(ours, importance));
        const mean = agreement.reduce((sum, r) => sum + r, 0) / agreement.length;
        expect(mean).toBeGreaterThan(0.95);
        expect(mean).toBeGreaterThanOrEqual(Math.min(...theirs));
      }
    },
  );

  it('gives all importance to the one feature that tells the class', () => {
    const clear = features.map((x, i) => (i % DIM === 4 ? labels[Math.floor(i / DIM)] : x));
    const importances = forest({ maxFeatures: DIM }, clear);
    expect([...importances]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect(forest({ maxFeatures: DIM, importance: 'permutation' }, clear)[4]).toBeGreaterThan(0.3);
  });

  it('splits on where no single feature helps, as in XOR', () => {
    const points = Float64Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? (i >> 1) & 1 : (i >> 2) & 1));
    const classes = Array.from({ length: 40 }, (_, i) => (i & 1) ^ ((i >> 1) & 1));
    const losses = randomForest(points, classes, {
      count: 40,
      dim: 2,
      trees: 20,
      seed: 0,
      importance: 'permutation',
    });
    expect(Math.min(...losses)).toBeGreaterThan(0.2);
  });

  it('sums to 1 and gives nothing to a constant feature', () => {
    const importances = forest(
      {},
      features.map((x, i) => (i % DIM === 5 ? 0.25 : x)),
    );
    expect(sumOf(importances)).toBeCloseTo(1, 12);
    expect(importances[5]).toBe(0);
  });

  it('shares importance between copies of a feature', () => {
    const copied = features.map((x, i) => (i % DIM === 1 ? features[i - 1] : x));
    const importances = forest({ trees: 200 }, copied);
    const alone = forest({ trees: 200 })[0];
    expect(importances[0] + importances[1]).toBeGreaterThan(0.8 * alone);
    // Each of the copies is drawn as often: a spread of a few hundredths over 200 trees.
    expect(Math.abs(importances[0] - importances[1])).toBeLessThan(0.1);
  });

  it('is 0 throughout for one class, or for constant features', () => {
    expect(sumOf(forest({}, features, new Int32Array(COUNT)))).toBe(0);
    expect(sumOf(forest({}, new Float64Array(COUNT * DIM)))).toBe(0);
    expect(sumOf(forest({ importance: 'permutation' }, features, new Int32Array(COUNT)))).toBe(0);
  });

  it('takes more features than rows, and float32', () => {
    const wide = gaussians(12 * 40, 5).map((x, i) => (i % 40 === 7 ? x + 4 * (Math.floor(i / 40) % 2) : x));
    const classes = Array.from({ length: 12 }, (_, i) => i % 2);
    const importances = randomForest(wide, classes, { count: 12, dim: 40, trees: 200, seed: 0 });
    expect(importances.indexOf(Math.max(...importances))).toBe(7);
    const single = randomForest(Float32Array.from(wide), classes, {
      count: 12,
      dim: 40,
      trees: 200,
      seed: 0,
    });
    expect(single).toEqual(importances);
  });

  it('does not depend on the names of the classes, nor on monotone maps of the features', () => {
    const renamed = Array.from(labels, (label) => (label === 0 ? 77 : -3));
    expect(forest({}, features, renamed)).toEqual(forest());
    expect(
      forest(
        {},
        features.map((x) => x ** 3),
      ),
    ).toEqual(forest());
  });

  it('repeats for a seed and differs for another', () => {
    expect(forest()).toEqual(forest());
    expect(forest({ seed: 4 })).not.toEqual(forest());
  });

  it('keeps at least minLeaf rows on either side', () => {
    const whole = forest({ minLeaf: COUNT });
    expect(sumOf(whole)).toBe(0);
    expect(sumOf(forest({ minLeaf: 10 }))).toBeCloseTo(1, 12);
  });

  it.each(['impurity', 'permutation'] as const)(
    'joins ranges of trees to the same forest, to the bit: %s',
    (importance) => {
      const options = { ...OPTIONS, importance };
      const part = (from: number, to: number) => [...treeImportances(features, labels, options, [from, to])];
      const joined = Float64Array.from([...part(0, 7), ...part(7, 8), ...part(8, 30)]);
      expect(averageTrees(joined, DIM, importance)).toEqual(randomForest(features, labels, options));
    },
  );

  it.each([
    ['NaN', {}, features.map((x, i) => (i === 20 ? NaN : x)), labels, /NaN in row 2, column 2/],
    ['labels too few', {}, features, labels.slice(1), /119/],
    ['no trees', { trees: 0 }, features, labels, /trees from 1/],
    ['too many features a split', { maxFeatures: 10 }, features, labels, /maxFeatures from 1 to 9/],
    ['no rows', { count: 0 }, new Float64Array(0), new Int32Array(0), /expected 1×9/],
  ])('rejects %s', (_, more, x, y, message) => {
    expect(() => forest(more, x, y)).toThrow(message);
  });
});

describe('permutation importance', () => {
  it('charges the feature that tells the class, and no other', () => {
    const losses = forest({ importance: 'permutation', trees: 200 });
    expect(losses.indexOf(Math.max(...losses))).toBe(0);
    // Features that tell nothing lose nothing: at most 120 rows out of bag a tree, 200 trees; six spreads of 0.003.
    for (const loss of losses.slice(1)) expect(Math.abs(loss)).toBeLessThan(0.02);
  });
});
