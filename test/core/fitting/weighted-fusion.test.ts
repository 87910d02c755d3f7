import { describe, expect, it } from 'vitest';
import { solvePositiveDefinite } from '../../../src/core/selection/logistic/cholesky.ts';
import {
  meanLogLoss,
  minimizeNonNegative,
} from '../../../src/core/selection/logistic/non-negative-logistic.ts';
import { chooseL2, fitWeightedFusion } from '../../../src/core/fitting/weighted-fusion.ts';
import { binaryLabels, gaussians } from '../random-data.ts';
import { readFixture } from '../read-fixture.ts';

interface Case {
  readonly l2: number;
  readonly labels: number[];
  readonly weights: number[];
  readonly bias: number;
  readonly logLoss: number;
  readonly count: number;
  readonly dim: number;
  readonly values: number[];
}

const CASES = readFixture<Case[]>('weighted-logistic');

describe('fitWeightedFusion', () => {
  it.each(CASES)('agrees with scipy at l2 = $l2', ({ values, labels, count, dim, l2, ...expected }) => {
    const features = Float32Array.from(values);
    const { weights, bias } = fitWeightedFusion(features, Uint8Array.from(labels), { count, k: dim, l2 });
    // Weights are stored in float32.
    weights.forEach((weight, j) => {
      expect(Math.abs(weight - expected.weights[j]), `weight ${j}`).toBeLessThan(
        1e-6 * Math.max(...expected.weights),
      );
      if (expected.weights[j] === 0) expect(weight).toBe(0);
    });
    expect(bias).toBeCloseTo(expected.bias, 7);
    const width = dim + 1;
    const x = Float64Array.from({ length: count * width }, (_, i) =>
      i % width === dim ? 1 : features[Math.floor(i / width) * dim + (i % width)],
    );
    const loss = meanLogLoss(
      { x, labels: Uint8Array.from(labels), width, l2 },
      Float64Array.from([...weights, bias]),
    );
    expect(loss).toBeCloseTo(expected.logLoss, 7);
  });

  it('does not change when all features are scaled, but for the weights themselves', () => {
    const labels = binaryLabels(60, 1);
    const features = Float32Array.from(gaussians(60 * 4, 2), (x, i) => x + labels[Math.floor(i / 4)]);
    const options = { count: 60, k: 4, l2: 0.01 };
    const base = fitWeightedFusion(features, labels, options);
    const scaled = fitWeightedFusion(
      features.map((x) => x / 1024),
      labels,
      options,
    );
    // Powers of two change no digit of the features.
    expect([...scaled.weights.map((w) => w / 1024)]).toEqual([...base.weights]);
  });

  it('gives zero weights to a feature that points the wrong way, and to zeros', () => {
    const labels = binaryLabels(80, 3);
    const features = Float32Array.from({ length: 160 }, (_, i) => (i % 2 === 0 ? -labels[i >> 1] : 0));
    const { weights, bias } = fitWeightedFusion(features, labels, { count: 80, k: 2, l2: 0 });
    expect([...weights]).toEqual([0, 0]);
    const share = labels.reduce((sum, label) => sum + label, 0) / 80;
    expect(bias).toBeCloseTo(Math.log(share / (1 - share)), 7);
  });

  it('rejects one class, a negative penalty and wrong lengths', () => {
    const features = new Float32Array(4);
    expect(() => fitWeightedFusion(features, Uint8Array.of(1, 1), { count: 2, k: 2, l2: 1 })).toThrow(
      /2 matches of 2/,
    );
    expect(() => fitWeightedFusion(features, Uint8Array.of(0, 1), { count: 2, k: 2, l2: -1 })).toThrow(/l2/);
    expect(() => fitWeightedFusion(features, Uint8Array.of(0, 1), { count: 2, k: 3, l2: 1 })).toThrow(/2×3/);
  });
});

describe('minimizeNonNegative', () => {
  it('meets the conditions of a minimum: no slope where free, slope upwards where held at zero', () => {
    const width = 9;
    const labels = binaryLabels(70, 4);
    const x = gaussians(70 * width, 5).map((value, i) => (i % width === width - 1 ? 1 : value));
    const problem = { x, labels, width, l2: 0.003 };
    const parameters = minimizeNonNegative(problem, new Float64Array(width));
    const loss = (p: Float64Array) =>
      meanLogLoss(problem, p) + (0.003 / 2) * p.slice(0, -1).reduce((sum, w) => sum + w * w, 0);
    for (let j = 0; j < width; j++) {
      const moved = (by: number) => loss(parameters.map((p, i) => (i === j ? p + by : p)));
      // Central differences of step 1e-5: error about 1e-10, rounding about 1e-11.
      const slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
      if (j === width - 1 || parameters[j] > 0) expect(Math.abs(slope), `coordinate ${j}`).toBeLessThan(1e-7);
      else expect(slope, `coordinate ${j}`).toBeGreaterThan(-1e-7);
    }
    expect(parameters.slice(0, -1).some((w) => w === 0)).toBe(true);
  });
});

describe('chooseL2', () => {
  it('asks for more penalty where features are noise than where they are signal', () => {
    const count = 90;
    const labels = binaryLabels(count, 6);
    const groups = Int32Array.from({ length: count }, (_, i) => i);
    const noise = Float32Array.from(gaussians(count * 30, 7));
    const signal = noise.map((x, i) => x + (i % 30 < 3 ? 2 * labels[Math.floor(i / 30)] : 0));
    const options = { count, k: 30, seed: 0 };
    expect(chooseL2(noise, labels, groups, options)).toBeGreaterThan(
      chooseL2(signal, labels, groups, options),
    );
  });
});

describe('solvePositiveDefinite', () => {
  it('solves a random system to rounding', () => {
    const size = 12;
    const root = gaussians(size * size, 8);
    const a = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        for (let m = 0; m < size; m++) a[i * size + j] += root[i * size + m] * root[j * size + m];
      }
      a[i * size + i] += 1;
    }
    const expected = gaussians(size, 9);
    const b = Float64Array.from({ length: size }, (_, i) =>
      expected.reduce((sum, x, j) => sum + a[i * size + j] * x, 0),
    );
    expect(solvePositiveDefinite(a, b, size)).toBe(true);
    // The condition number is below 100.
    b.forEach((x, i) => expect(Math.abs(x - expected[i])).toBeLessThan(1e-12));
  });

  it('says so when the matrix is singular or not positive', () => {
    expect(solvePositiveDefinite(Float64Array.of(1, 1, 1, 1), Float64Array.of(1, 1), 2)).toBe(false);
    expect(solvePositiveDefinite(Float64Array.of(-1), Float64Array.of(1), 1)).toBe(false);
  });
});
