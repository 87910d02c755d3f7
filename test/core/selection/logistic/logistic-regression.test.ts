import { describe, expect, it } from 'vitest';
import {
  inverseHessian,
  symmetricProduct,
  takeOut,
} from '../../../../src/core/selection/logistic/logistic-regression-inverse.ts';
import type { L2Problem } from '../../../../src/core/selection/logistic/logistic-regression-passes.ts';
import { gradientGoal, minimizeL2 } from '../../../../src/core/selection/logistic/logistic-regression.ts';
import type { Made } from './logistic-data.ts';
import { madeData } from './logistic-data.ts';

function problemOf({ features, labels, count, dim }: Made, c: number): L2Problem {
  return { rows: features, targets: labels, count, dim, c };
}

/** ∇(½w·w + c·Σ log loss), as its formula reads; the intercept last. */
function gradientAt({ rows, targets, count, dim, c }: L2Problem, parameters: Float64Array): Float64Array {
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
function hessianColumn(problem: L2Problem, parameters: Float64Array, j: number): Float64Array {
  const step = 1e-5;
  const ahead = gradientAt(
    problem,
    parameters.map((w, i) => (i === j ? w + step : w)),
  );
  const behind = gradientAt(
    problem,
    parameters.map((w, i) => (i === j ? w - step : w)),
  );
  return ahead.map((g, i) => (g - behind[i]) / (2 * step));
}

const largest = (values: Float64Array): number => Math.max(...values.map(Math.abs));

describe('minimizeL2', () => {
  it.each([
    [200, 12, 1],
    [201, 12, 100],
    [30, 80, 1],
    [7, 3, 0.01],
  ])('ends where the gradient is nothing: %d×%d, c = %d', (count, dim, c) => {
    const problem = problemOf(madeData(count, dim, 3, count), c);
    const parameters = new Float64Array(dim + 1);
    const goal = gradientGoal(problem);
    const fit = minimizeL2(problem, parameters, goal);
    expect(goal).toBeLessThanOrEqual(1e-5);
    expect(fit.gradient).toBeLessThanOrEqual(goal);
    // Two ways to sum 200 terms of up to 100 differ by no more.
    expect(largest(gradientAt(problem, parameters))).toBeLessThan(goal + 1e-10);
  });

  it('goes as far as float64 can when asked for more', () => {
    const problem = problemOf(madeData(100, 6, 3, 31), 10);
    const parameters = new Float64Array(7);
    minimizeL2(problem, parameters, 0);
    expect(largest(gradientAt(problem, parameters))).toBeLessThan(1e-11);
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
  const problem = problemOf(madeData(90, 5, 3, 33), 2);
  const parameters = new Float64Array(6);
  const { curvatures } = minimizeL2(problem, parameters, 1e-10);

  it('inverts the second derivative of the objective', () => {
    const multiply = symmetricProduct(inverseHessian(problem, curvatures), 6);
    for (let j = 0; j < 6; j++) {
      const product = new Float64Array(6);
      multiply(hessianColumn(problem, parameters, j), product);
      // Central differences at 1e-5 hold 8 digits of a Hessian of size 50.
      product.forEach((p, i) => expect(p).toBeCloseTo(i === j ? 1 : 0, 6));
    }
  });

  it('makes conjugate gradients end in one product a step', () => {
    const again = parameters.map((w) => w * 1.0001);
    const { steps, products } = minimizeL2(
      problem,
      again,
      1e-6,
      symmetricProduct(inverseHessian(problem, curvatures), 6),
    );
    expect(products).toBeLessThanOrEqual(steps);
  });

  it('loses features as the Hessian does, and moves the weights to the minimum of its quadratic', () => {
    const stay = Uint32Array.of(0, 2, 4, 5);
    const full = inverseHessian(problem, curvatures);
    const moved = takeOut(full, parameters.slice(), Uint32Array.of(3, 1), stay);
    const left: L2Problem = {
      ...problem,
      dim: 3,
      rows: problem.rows.filter((_, at) => [0, 2, 4].includes(at % 5)),
    };
    const expected = inverseHessian(left, curvatures);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j <= i; j++) expect(moved.inverse[i * 4 + j]).toBeCloseTo(expected[i * 4 + j], 12);
    }
    // There H (w′ − w) is 0 in every coordinate that stays, where w′ is 0 in those that left.
    const change = parameters.map((w) => -w);
    stay.forEach((at, i) => (change[at] += moved.parameters[i]));
    const rises = new Float64Array(6);
    change.forEach((d, j) => hessianColumn(problem, parameters, j).forEach((h, i) => (rises[i] += h * d)));
    for (const at of stay) expect(rises[at]).toBeCloseTo(0, 6);
  });
});
