import { describe, expect, it } from 'vitest';
import { rowMatrix } from '../../../../src/core/linear-algebra/kernels/fast-rows.ts';
import { descendL2 } from '../../../../src/core/selection/logistic/logistic-regression-descent.ts';
import {
  inverseHessian,
  symmetricProduct,
  takeOut,
} from '../../../../src/core/selection/logistic/logistic-regression-inverse.ts';
import type { L2Problem } from '../../../../src/core/selection/logistic/logistic-regression-passes.ts';
import { gradientGoal, minimizeL2 } from '../../../../src/core/selection/logistic/logistic-regression.ts';
import type { Made } from './logistic-data.ts';
import { madeData, takeColumns } from './logistic-data.ts';

function problemOf({ features, labels, count, dim }: Made, c: number): L2Problem {
  return { rows: rowMatrix(features, count, dim), targets: labels, c };
}

/** ∇(½w·w + c·Σ log loss), as its formula reads; the intercept last. */
function gradientAt(data: Made, c: number, parameters: Float64Array): Float64Array {
  const { features: rows, labels: targets, count, dim } = data;
  const gradient = parameters.map((w, j) => (j < dim ? w : 0));
  for (let row = 0; row < count; row++) {
    let z = parameters[dim];
    for (let j = 0; j < dim; j++) z += parameters[j] * rows[row * dim + j];
    const residual = c * (1 / (1 + Math.exp(-z)) - targets[row]);
    for (let j = 0; j < dim; j++) gradient[j] += residual * rows[row * dim + j];
    gradient[dim] += residual;
  }
  return gradient;
}

/** Column j of the Hessian by central differences of the gradient. */
function hessianColumn(data: Made, c: number, parameters: Float64Array, j: number): Float64Array {
  const step = 1e-5;
  const ahead = gradientAt(
    data,
    c,
    parameters.map((w, i) => (i === j ? w + step : w)),
  );
  const behind = gradientAt(
    data,
    c,
    parameters.map((w, i) => (i === j ? w - step : w)),
  );
  return ahead.map((g, i) => (g - behind[i]) / (2 * step));
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error('expected a positive definite matrix');
  return value;
}

const largest = (values: Float64Array): number => Math.max(...values.map(Math.abs));

describe('minimizeL2', () => {
  it.each([
    [200, 12, 1],
    [201, 12, 100],
    [30, 80, 1],
    [7, 3, 0.01],
  ])('ends where the gradient is nothing: %d×%d, c = %d', (count, dim, c) => {
    const data = madeData(count, dim, 3, count);
    const problem = problemOf(data, c);
    const parameters = new Float64Array(dim + 1);
    const goal = gradientGoal(problem);
    const fit = minimizeL2(problem, parameters, goal);
    expect(goal).toBeLessThanOrEqual(1e-5);
    expect(fit.gradient).toBeLessThanOrEqual(goal);
    // Two ways to sum 200 terms of up to 100 differ by no more.
    expect(largest(gradientAt(data, c, parameters))).toBeLessThan(goal + 1e-10);
  });

  it('goes as far as float64 can when asked for more', () => {
    const data = madeData(100, 6, 3, 31);
    const parameters = new Float64Array(7);
    minimizeL2(problemOf(data, 10), parameters, 0);
    expect(largest(gradientAt(data, 10, parameters))).toBeLessThan(1e-11);
  });

  it('ends in the same place with any preconditioner, even one that is not positive definite', () => {
    const problem = problemOf(madeData(100, 6, 3, 32), 1);
    const plain = new Float64Array(7);
    minimizeL2(problem, plain, 1e-10);
    for (const scale of [1, 1e-3, -1, 0, NaN]) {
      const parameters = new Float64Array(7);
      minimizeL2(problem, parameters, 1e-10, (v, out) => out.set(v.map((x) => scale * x)));
      // The ridge makes the objective 1-strongly convex: weights differ by no more than the gradients' norms.
      parameters.forEach((w, j) => expect(Math.abs(w - plain[j]), `scale ${scale}`).toBeLessThan(1e-9));
    }
  });
});

describe('inverseHessian', () => {
  const data = madeData(90, 5, 3, 33);
  const problem = problemOf(data, 2);
  const parameters = new Float64Array(6);
  const { curvatures } = minimizeL2(problem, parameters, 1e-10);
  const inverse = present(inverseHessian(problem, curvatures));

  it('inverts the second derivative of the objective', () => {
    const multiply = symmetricProduct(inverse, 6);
    for (let j = 0; j < 6; j++) {
      const product = new Float64Array(6);
      multiply(hessianColumn(data, 2, parameters, j), product);
      // Central differences at 1e-5 hold 8 digits of a Hessian of size 50.
      product.forEach((p, i) => expect(p).toBeCloseTo(i === j ? 1 : 0, 6));
    }
  });

  it('makes conjugate gradients end in one product a step', () => {
    const again = parameters.map((w) => w * 1.0001);
    const { steps, products } = minimizeL2(problem, again, 1e-6, symmetricProduct(inverse, 6));
    expect(products).toBeLessThanOrEqual(steps);
  });

  it('loses features as the Hessian does, and moves the weights to the minimum of its quadratic', () => {
    const stay = Uint32Array.of(0, 2, 4, 5);
    const moved = present(takeOut(inverse, parameters, Uint32Array.of(3, 1), stay));
    const left = problemOf(takeColumns(data, [0, 2, 4]), 2);
    const expected = present(inverseHessian(left, curvatures));
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) expect(moved.inverse[i * 4 + j]).toBeCloseTo(expected[i * 4 + j], 12);
    }
    // There H (w′ − w) is 0 in every coordinate that stays, where w′ is 0 in those that left.
    const change = parameters.map((w) => -w);
    stay.forEach((at, i) => (change[at] += moved.parameters[i]));
    const rises = new Float64Array(6);
    change.forEach((d, j) => hessianColumn(data, 2, parameters, j).forEach((h, i) => (rises[i] += h * d)));
    for (const at of stay) expect(rises[at]).toBeCloseTo(0, 6);
  });

  it('takes many at once as one after the other, more than are swept together', () => {
    const wide = madeData(200, 90, 3, 34);
    const all = problemOf(wide, 1);
    const start = new Float64Array(91);
    const atMinimum = minimizeL2(all, start, 1e-10).curvatures;
    const leaving = Uint32Array.from({ length: 45 }, (_, i) => 2 * i);
    const stay = Uint32Array.from([...Array(46).keys()], (i) => (i === 45 ? 90 : 2 * i + 1));
    const moved = present(takeOut(present(inverseHessian(all, atMinimum)), start, leaving, stay));
    const odd = problemOf(takeColumns(wide, [...stay.subarray(0, 45)]), 1);
    const expected = present(inverseHessian(odd, atMinimum));
    // Entries of a matrix of condition 1e3.
    moved.inverse.forEach((value, at) => expect(value).toBeCloseTo(expected[at], 11));
  });

  it('gives none where rounding has left nothing positive definite', () => {
    const twins = problemOf(takeColumns(data, [0, 0]), 1e20);
    expect(inverseHessian(twins, new Float64Array(90).fill(1e20))).toBeNull();
    expect(
      takeOut(Float64Array.of(-1, 0, 0, 1), new Float64Array(2), Uint32Array.of(0), Uint32Array.of(1)),
    ).toBeNull();
  });
});

describe('descendL2', () => {
  const data = madeData(300, 20, 6, 35);
  const problem = problemOf(data, 1);
  const exact = new Float64Array(21);
  const { curvatures } = minimizeL2(problem, exact, 1e-10);
  const precondition = symmetricProduct(present(inverseHessian(problem, curvatures)), 21);

  it('ends where Newton steps end, in few passes from near it', () => {
    const parameters = exact.map((w, j) => w + 0.01 * Math.sin(j));
    expect(descendL2(problem, parameters, 1e-10, precondition)).toBeLessThan(10);
    // The ridge makes the objective 1-strongly convex: weights differ by no more than the gradients' norms.
    parameters.forEach((w, j) => expect(Math.abs(w - exact[j])).toBeLessThan(1e-9));
  });

  it.each([
    ['points uphill', -1],
    ['overshoots', 50],
    ['creeps', 1e-4],
    ['is not a number', NaN],
  ])('ends there too with an inverse that %s', (_, scale) => {
    const parameters = new Float64Array(21);
    const bad = (v: Float64Array, out: Float64Array): void => {
      precondition(v, out);
      for (let j = 0; j < 21; j++) out[j] *= scale;
    };
    descendL2(problem, parameters, 1e-10, bad);
    parameters.forEach((w, j) => expect(Math.abs(w - exact[j])).toBeLessThan(1e-9));
  });
});
