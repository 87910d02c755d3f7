import { describe, expect, it } from 'vitest';
import type {
  L1LogisticFit,
  L1LogisticOptions,
} from '../../../../src/core/selection/logistic/l1-logistic.ts';
import { l1Logistic } from '../../../../src/core/selection/logistic/l1-logistic.ts';
import type { Floats } from '../../../../src/core/vector.ts';
import { dot } from '../../../../src/core/vector.ts';
import { readFixture } from '../../read-fixture.ts';
import type { FixtureMatrix, Made } from './logistic-data.ts';
import { featuresOf, madeData, takeColumns, takeRows } from './logistic-data.ts';

interface Case extends FixtureMatrix {
  readonly name: string;
  readonly fits: {
    readonly c: number;
    readonly weights: number[];
    readonly intercept: number;
    readonly objective: number;
  }[];
}

const CASES = readFixture<Case[]>('l1-logistic');

function fit(
  { features, labels, count, dim }: Made,
  c: number,
  more: Partial<L1LogisticOptions> = {},
): L1LogisticFit {
  return l1Logistic(features, labels, { count, dim, c, ...more });
}

/** The objective as its formula reads. */
function objectiveAt(
  features: Floats,
  labels: ArrayLike<number>,
  c: number,
  { weights, intercept }: Pick<L1LogisticFit, 'weights' | 'intercept'>,
): number {
  const positive = Math.max(...Array.from(labels));
  let loss = 0;
  for (let row = 0; row < labels.length; row++) {
    const y = labels[row] === positive ? 1 : -1;
    loss += Math.log1p(
      Math.exp(-y * (dot(features, row * weights.length, weights, 0, weights.length) + intercept)),
    );
  }
  return weights.reduce((sum, w) => sum + Math.abs(w), Math.abs(intercept)) + c * loss;
}

/** The largest violation of 0 ∈ ∂(‖w‖₁ + |b| + c·loss), from the formula of the gradient. */
function subgradientViolation(
  { features, labels, count, dim }: Made,
  c: number,
  solution: L1LogisticFit,
): number {
  const gradient = new Float64Array(dim + 1);
  for (let row = 0; row < count; row++) {
    const z = dot(features, row * dim, solution.weights, 0, dim) + solution.intercept;
    const residual = c * (1 / (1 + Math.exp(-z)) - labels[row]);
    for (let j = 0; j < dim; j++) gradient[j] += residual * features[row * dim + j];
    gradient[dim] += residual;
  }
  return Math.max(
    ...[...solution.weights, solution.intercept].map((w, j) =>
      w === 0 ? Math.max(0, Math.abs(gradient[j]) - 1) : Math.abs(gradient[j] + Math.sign(w)),
    ),
  );
}

describe('l1Logistic against liblinear', () => {
  for (const { name, fits, ...matrix } of CASES) {
    it(`reaches its objective and its support: ${name}`, () => {
      const features = featuresOf(matrix);
      for (const expected of fits) {
        const actual = l1Logistic(features, matrix.labels, { ...matrix, c: expected.c });
        const where = `C = ${expected.c}`;
        // 1e-6 is what the issue asks of the two programs; ours may only be the better one beyond 1e-9.
        expect(Math.abs(actual.objective / expected.objective - 1), where).toBeLessThan(1e-6);
        expect(actual.objective, where).toBeLessThan(expected.objective * (1 + 1e-9));
        expect(
          objectiveAt(features, matrix.labels, expected.c, actual) / actual.objective,
          where,
        ).toBeCloseTo(1, 12);
        expected.weights.forEach((weight, j) => {
          // A weight below 1e-6 may be in one support and not in the other.
          const isSmall = Math.abs(weight) < 1e-6 && Math.abs(actual.weights[j]) < 1e-6;
          if (!isSmall) expect(actual.weights[j] !== 0, `${where}, feature ${j}`).toBe(weight !== 0);
        });
      }
    });
  }

  it('covers the solution of zeros and one that leaves nothing out', () => {
    const counts = CASES[0].fits.map(({ weights }) => weights.filter((w) => w !== 0).length);
    expect([counts[0], counts.at(-1)]).toEqual([0, CASES[0].dim]);
  });
});

describe('l1Logistic', () => {
  it('ends where no subgradient is violated by more than the tolerance', () => {
    for (const [count, dim] of [
      [200, 12],
      [40, 100],
      [7, 3],
    ]) {
      const data = madeData(count, dim, 3, count);
      for (const c of [0.01, 0.1, 1, 10]) {
        for (const tolerance of [1e-4, 1e-8, 1e-10]) {
          const solution = fit(data, c, { tolerance });
          // The sums of the test and of the kernel differ in their last digits: 1e-12 of 10·200.
          expect(subgradientViolation(data, c, solution), `${count}×${dim}, C ${c}`).toBeLessThan(
            tolerance + 2e-12,
          );
          expect(solution.violation).toBeLessThanOrEqual(tolerance);
        }
      }
    }
  });

  it('gives the same from a warm start as from zero', () => {
    const data = madeData(100, 8, 3, 5);
    const cold = fit(data, 0.5, { tolerance: 1e-10 });
    const { weights, intercept } = fit(data, 20);
    const before = weights.slice();
    const warm = fit(data, 0.5, { tolerance: 1e-10, start: { weights, intercept } });
    expect(weights).toEqual(before);
    // The curvature here is above 1e-3, so a violation of 1e-10 leaves less than 1e-7 of a weight.
    warm.weights.forEach((w, j) => expect(Math.abs(w - cold.weights[j])).toBeLessThan(1e-7));
    expect(fit(data, 0.5, { start: cold }).steps).toBe(0);
  });

  it('shares one weight between equal columns and none with constant ones', () => {
    const data = madeData(80, 4, 2, 9);
    const single = fit(data, 0.3, { tolerance: 1e-10 });
    const doubled = fit(takeColumns(data, [0, 0, 1, 2, 3]), 0.3, { tolerance: 1e-10 });
    expect(doubled.weights[0] + doubled.weights[1]).toBeCloseTo(single.weights[0], 7);
    expect(doubled.objective / single.objective).toBeCloseTo(1, 9);
    const flat = Float64Array.from(data.features, (x, at) => (at % 4 === 3 ? 0 : x));
    expect(l1Logistic(flat, data.labels, { ...data, c: 100 }).weights[3]).toBe(0);
  });

  it('does not depend on the order of rows or the names of the classes', () => {
    const data = madeData(60, 6, 3, 11);
    const base = fit(data, 0.4, { tolerance: 1e-10 });
    const turned = fit(
      takeRows(
        data,
        Array.from({ length: 60 }, (_, row) => (row * 7) % 60),
      ),
      0.4,
      { tolerance: 1e-10 },
    );
    // Sums in another order, and an end within 1e-10: as for the warm start.
    turned.weights.forEach((w, j) => expect(Math.abs(w - base.weights[j])).toBeLessThan(1e-7));
    const renamed = l1Logistic(
      data.features,
      Array.from(data.labels, (label) => (label === 1 ? 7 : 3)),
      { ...data, c: 0.4, tolerance: 1e-10 },
    );
    expect(renamed).toEqual(base);
    const swapped = l1Logistic(
      data.features,
      Array.from(data.labels, (label) => -label),
      { ...data, c: 0.4, tolerance: 1e-10 },
    );
    swapped.weights.forEach((w, j) => expect(Math.abs(w + base.weights[j])).toBeLessThan(1e-7));
  });

  it('computes the same from float32 as from their float64', () => {
    const { features, labels, count, dim } = madeData(50, 5, 2, 13);
    const single = Float32Array.from(features);
    expect(l1Logistic(single, labels, { count, dim, c: 1 })).toEqual(
      l1Logistic(Float64Array.from(single), labels, { count, dim, c: 1 }),
    );
  });

  it('stays finite on separable data with hardly any penalty', () => {
    const features = Float64Array.of(-2, -1, 1, 2);
    const { weights, intercept, violation } = l1Logistic(features, [0, 0, 1, 1], {
      count: 4,
      dim: 1,
      c: 1e6,
    });
    expect(intercept).toBeCloseTo(0, 6);
    // 2c·(σ(−w) + 2σ(−2w)) = 1 has its root near log(2c).
    expect(weights[0]).toBeCloseTo(Math.log(2e6), 5);
    expect(violation).toBeLessThan(1e-8);
  });

  it('rejects what it cannot fit, naming it', () => {
    const x = Float64Array.of(1, 2, 3, 4);
    const shape = { count: 4, dim: 1, c: 1 };
    expect(() => l1Logistic(x, [5, 5, 5, 5], shape)).toThrow(/2 classes .*got 1: 5/);
    expect(() => l1Logistic(x, [0, 1, 2, 1], shape)).toThrow(/got 3: 0, 1, 2/);
    expect(() => l1Logistic(new Float64Array(0), [], { ...shape, count: 0 })).toThrow(/2 classes .*got 0$/);
    expect(() => l1Logistic(Float64Array.of(1, NaN, 3, 4), [0, 1, 0, 1], shape)).toThrow(
      /got NaN in row 1, column 0/,
    );
    expect(() => l1Logistic(Float64Array.of(1, 2, 3, Infinity), [0, 1, 0, 1], shape)).toThrow(/got Infinity/);
    expect(() => l1Logistic(x, [0, 1], shape)).toThrow(/4×1 features and 4 labels, got 4 and 2/);
    for (const c of [0, -1, NaN, Infinity]) {
      expect(() => l1Logistic(x, [0, 1, 0, 1], { ...shape, c })).toThrow(/expected c above 0/);
    }
    const start = { weights: new Float64Array(2), intercept: 0 };
    expect(() => l1Logistic(x, [0, 1, 0, 1], { ...shape, start })).toThrow(/start of 1 weights, got 2/);
  });
});
