import { describe, expect, it } from 'vitest';
import { digamma } from '../../../../src/core/selection/information/digamma.ts';
import { mutualInformation } from '../../../../src/core/selection/information/mutual-information.ts';
import { topK } from '../../../../src/core/selection/top-k.ts';
import type { Floats } from '../../../../src/core/vector.ts';
import { gaussians, randomLabels } from '../../random-data.ts';
import { readFixture } from '../../read-fixture.ts';

interface Case {
  readonly name: string;
  readonly single: boolean;
  readonly seed: number;
  readonly neighbours: number;
  readonly labels: number[];
  readonly scores: number[];
  readonly count: number;
  readonly dim: number;
  readonly values: number[];
}

const CASES = readFixture<Case[]>('mutual-information');
/** psi and the order of the sums round a few times; scores are of order 1. */
const TOLERANCE = 1e-12;

/** Ross's estimator by the definition: all distances, sorted, for every point. */
function slowInformation(column: Float64Array, labels: ArrayLike<number>, neighbours: number): number {
  const points = Array.from(column, (x, i) => ({ x, label: labels[i] }));
  const sizeOf = (label: number) => points.filter((p) => p.label === label).length;
  const kept = points.filter((p) => sizeOf(p.label) > 1);
  if (kept.length === 0) return 0;
  let sum = 0;
  for (const point of kept) {
    const size = sizeOf(point.label);
    const k = Math.min(neighbours, size - 1);
    const others = kept.filter((other) => other !== point);
    const distances = others
      .filter((other) => other.label === point.label)
      .map((other) => Math.abs(other.x - point.x));
    const radius = distances.sort((a, b) => a - b)[k - 1];
    const closer = others.filter(
      (other) => Math.abs(other.x - point.x) < radius || other.x === point.x,
    ).length;
    sum += digamma(k) - digamma(size) - digamma(closer + 1);
  }
  return Math.max(0, digamma(kept.length) + sum / kept.length);
}

function information(features: Floats, labels: ArrayLike<number>, dim: number, more = {}): Float64Array {
  return mutualInformation(features, labels, { count: labels.length, dim, seed: 0, ...more });
}

function expectClose(actual: Float64Array, expected: ArrayLike<number>, tolerance = TOLERANCE): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((score, i) => expect(Math.abs(score - expected[i]), `feature ${i}`).toBeLessThan(tolerance));
}

describe('mutualInformation', () => {
  it.each(CASES)(
    'agrees with scikit-learn: $name',
    ({ values, labels, scores, dim, single, seed, neighbours }) => {
      const features = single ? Float32Array.from(values) : Float64Array.from(values);
      expectClose(information(features, labels, dim, { seed, neighbours }), scores);
    },
  );

  it('agrees without noise as well where no two values are equal', () => {
    const { values, labels, scores, dim, seed, neighbours } = CASES[0];
    expectClose(
      information(Float64Array.from(values), labels, dim, { seed, neighbours, noise: false }),
      scores,
      1e-9,
    );
  });

  it.each([
    [60, 2, 3],
    [60, 4, 3],
    [61, 3, 1],
    [200, 2, 10],
    [600, 12, 3],
  ])('agrees with the definition on %i rows, %i classes, %i neighbours', (count, classes, neighbours) => {
    const dim = 3;
    const seed = count + classes;
    const features = gaussians(count * dim, seed);
    const labels = randomLabels(count, classes, seed);
    for (let i = 0; i < count; i++) features[i * dim] += labels[i];
    const expected = Array.from({ length: dim }, (_, column) =>
      slowInformation(
        features.filter((_, i) => i % dim === column),
        labels,
        neighbours,
      ),
    );
    // Scaling a column may round a distance across another; no such pair lies that close here.
    expectClose(information(features, labels, dim, { neighbours, noise: false }), expected, 1e-9);
  });

  it('approaches ln 2 for two classes far apart, and 0 for a feature that says nothing', () => {
    const count = 2000;
    const labels = randomLabels(count, 2, 5);
    const noise = gaussians(count * 2, 6);
    const features = noise.map((x, i) => (i % 2 === 0 ? x + 100 * labels[i >> 1] : x));
    const [separable, useless] = information(features, labels, 2);
    // Exactly psi(N) - mean psi(N_class): the entropy of the labels up to 1/N.
    expect(separable).toBeCloseTo(Math.LN2, 2);
    expect(useless).toBeLessThan(0.05);
  });

  it('approaches the closed form for a shift of Gaussians', () => {
    // I = h(mixture) - h(component) for N(0,1) and N(2,1), by numeric integration below.
    const count = 20_000;
    const labels = randomLabels(count, 2, 8);
    const features = gaussians(count, 9).map((x, i) => x + 2 * labels[i]);
    const [score] = information(features, labels, 1);
    // The estimator's standard error at 20,000 points is about 0.006.
    expect(Math.abs(score - gaussianShiftInformation(2))).toBeLessThan(0.02);
  });

  it('does not depend on the order of rows or the names of classes', () => {
    const count = 120;
    const dim = 4;
    const features = gaussians(count * dim, 10);
    const labels = randomLabels(count, 3, 11);
    const expected = information(features, labels, dim, { noise: false });
    const order = Array.from({ length: count }, (_, i) => (i * 7) % count);
    const moved = Float64Array.from(
      order.flatMap((row) => [...features.subarray(row * dim, (row + 1) * dim)]),
    );
    expectClose(
      information(
        moved,
        order.map((row) => labels[row]),
        dim,
        { noise: false },
      ),
      expected,
    );
    expectClose(
      information(
        features,
        labels.map((label) => 100 - 17 * label),
        dim,
        { noise: false },
      ),
      expected,
    );
  });

  it('does not depend on the scale or sign of a column', () => {
    const count = 150;
    const features = gaussians(count * 3, 12);
    const labels = randomLabels(count, 2, 13);
    const expected = information(features, labels, 3, { noise: false });
    // Powers of two change no digit.
    const scaled = features.map((x, i) => x * [2 ** 20, -1, 2 ** -20][i % 3]);
    expect([...information(scaled, labels, 3, { noise: false })]).toEqual([...expected]);
  });

  it('gives a copied column the same score, and the k best the higher index', () => {
    const column = gaussians(100, 14);
    const labels = randomLabels(100, 2, 15);
    const twice = Float64Array.from({ length: 200 }, (_, i) => column[i >> 1]);
    const scores = information(twice, labels, 2, { noise: false });
    expect(scores[0]).toBe(scores[1]);
    expect([...topK(scores, 1)]).toEqual([1]);
  });

  it('repeats for a seed; another seed moves a score only where values are equal', () => {
    const continuous = gaussians(200, 16);
    const rounded = continuous.map((x) => Math.round(x));
    const labels = randomLabels(200, 2, 17);
    const score = (column: Float64Array, seed: number) => information(column, labels, 1, { seed })[0];
    expect(score(rounded, 1)).toBe(score(rounded, 1));
    expect(score(rounded, 1)).not.toBe(score(rounded, 2));
    expect(score(continuous, 1)).toBe(score(continuous, 2));
  });

  it('scores a constant column 0 without noise', () => {
    expect([
      ...information(new Float64Array(20).fill(0.1), randomLabels(20, 2, 1), 1, { noise: false }),
    ]).toEqual([0]);
  });

  it('scores 0 for no rows, one row, and classes of one row each', () => {
    expect([...information(new Float64Array(0), [], 2)]).toEqual([0, 0]);
    expect([...information(Float64Array.of(1, 2), [0], 2)]).toEqual([0, 0]);
    expect([...information(Float64Array.of(1, 2, 3), [0, 1, 2], 1)]).toEqual([0]);
  });

  it('scores 0 where there is one class only', () => {
    // ψ(k) and ψ(N) cancel but for rounding.
    expectClose(information(gaussians(120, 26), new Uint8Array(40).fill(7), 3), [0, 0, 0]);
  });

  it('takes fewer neighbours where a class is smaller than asked', () => {
    const labels = [0, 0, 0, 1, 1, 1];
    const column = Float64Array.of(1, 2, 3.5, 11, 12, 13.75);
    expectClose(
      information(column, labels, 1, { neighbours: 50, noise: false }),
      information(column, labels, 1, { neighbours: 2, noise: false }),
    );
  });

  it('gives the columns asked for the very scores they have among all', () => {
    const features = gaussians(90 * 7, 20).map((x) => Math.round(4 * x) / 4);
    const labels = randomLabels(90, 3, 21);
    const whole = information(features, labels, 7, { permutations: 3 });
    for (const columns of [
      [0, 7],
      [0, 3],
      [3, 7],
      [6, 7],
      [2, 2],
    ]) {
      const part = information(features, labels, 7, { permutations: 3, columns });
      expect([...part], `columns ${columns}`).toEqual([...whole.subarray(columns[0], columns[1])]);
    }
  });

  it('subtracts the mean score under shuffled labels: nothing is left of a feature that says nothing', () => {
    const count = 300;
    const labels = randomLabels(count, 2, 22);
    const features = gaussians(count * 40, 23).map((x, i) =>
      i % 40 === 0 ? x + 3 * labels[Math.floor(i / 40)] : x,
    );
    const plain = information(features, labels, 40);
    const nulled = information(features, labels, 40, { permutations: 50 });
    expect(plain[0] - nulled[0]).toBeGreaterThan(0);
    expect(nulled[0]).toBeGreaterThan(0.3);
    const mean = (scores: Float64Array) => scores.slice(1).reduce((sum, score) => sum + score, 0) / 39;
    // Clipping at 0 leaves a mean of about 0.4 standard deviations, 0.03 here; its standard error over 39 is a sixth of it.
    expect(mean(plain)).toBeGreaterThan(0.01);
    expect(Math.abs(mean(nulled))).toBeLessThan(0.01);
    expect(nulled.some((score) => score < 0)).toBe(true);
  });

  it('takes the mean over permutations: those of one feature and of its copy are the same', () => {
    const column = gaussians(60, 24);
    const twice = Float64Array.from({ length: 120 }, (_, i) => column[i >> 1]);
    const scores = information(twice, randomLabels(60, 2, 25), 2, { permutations: 5, noise: false });
    expect(scores[0]).toBe(scores[1]);
  });

  it('leaves its input alone and reads a view inside a larger buffer', () => {
    const padded = gaussians(41, 18);
    const view = padded.subarray(1);
    const labels = randomLabels(20, 2, 19);
    const expected = information(view.slice(), labels, 2);
    const before = padded.slice();
    expect([...information(view, labels, 2)]).toEqual([...expected]);
    expect([...padded]).toEqual([...before]);
  });

  it('rejects NaN and Infinity naming the column, wrong lengths and no neighbours', () => {
    const labels = randomLabels(4, 2, 1);
    expect(() => information(Float64Array.of(1, 2, 3, NaN, 5, 6, 7, 8), labels, 2)).toThrow(/column 1/);
    expect(() => information(Float64Array.of(1, 2, Infinity, 4), labels, 1)).toThrow(/column 0/);
    expect(() => information(gaussians(7, 1), labels, 2)).toThrow(/4×2 features/);
    expect(() => information(gaussians(4, 1), labels, 1, { neighbours: 0 })).toThrow(/neighbour/);
    expect(() => information(gaussians(4, 1), labels, 1, { seed: -1 })).toThrow(/seed/);
    expect(() => information(gaussians(4, 1), labels, 1, { permutations: 0.5 })).toThrow(/permutations/);
    expect(() => information(gaussians(8, 1), labels, 2, { columns: [1, 3] })).toThrow(
      /columns from 0 up to 2/,
    );
  });
});

/** I(X; Y) for Y a fair coin and X ~ N(shift·Y, 1), in nats, by the trapezoid rule. */
function gaussianShiftInformation(shift: number): number {
  const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  let mixtureEntropy = 0;
  const step = 0.001;
  for (let x = -10; x < 10 + shift; x += step) {
    const p = (density(x) + density(x - shift)) / 2;
    mixtureEntropy -= step * p * Math.log(p);
  }
  return mixtureEntropy - 0.5 * Math.log(2 * Math.PI * Math.E);
}
