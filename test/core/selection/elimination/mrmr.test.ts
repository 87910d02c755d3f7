import { describe, expect, it } from 'vitest';
import { fStatistic } from '../../../../src/core/selection/univariate/f-statistic.ts';
import { mrmr } from '../../../../src/core/selection/elimination/mrmr.ts';
import type { Floats } from '../../../../src/core/vector.ts';
import { expectRelative } from '../../expect-relative.ts';
import { gaussians, randomLabels } from '../../random-data.ts';

function select(features: Floats, labels: ArrayLike<number>, dim: number, k = dim) {
  return mrmr(features, labels, { count: labels.length, dim, k });
}

function columnsOf(features: Floats, dim: number): number[][] {
  return Array.from({ length: dim }, (_, column) =>
    Array.from(features).filter((_, i) => i % dim === column),
  );
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (x: readonly number[]) => x.reduce((sum, value) => sum + value, 0) / x.length;
  const product = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + (value - mean(x)) * (y[i] - mean(y)), 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

/** Every quotient from scratch at every step. */
function slowOrder(
  features: Floats,
  labels: ArrayLike<number>,
  dim: number,
): { order: number[]; objectives: number[] } {
  const columns = columnsOf(features, dim);
  const { scores } = fStatistic(features, labels, { count: labels.length, dim });
  const order: number[] = [];
  const objectives: number[] = [];
  while (order.length < dim) {
    const left = columns.map((_, i) => i).filter((i) => !order.includes(i));
    const quotients = left.map((i) => {
      const correlations = order.map((chosen) => Math.abs(correlation(columns[i], columns[chosen])));
      const redundancy = correlations.reduce((sum, value) => sum + value, 0) / correlations.length;
      return order.length === 0 ? scores[i] : scores[i] / redundancy;
    });
    const highest = Math.max(...quotients);
    order.push(left[quotients.indexOf(highest)]);
    objectives.push(highest);
  }
  return { order, objectives };
}

/** Features that follow the label by degrees, every other one a noisy copy of the one before it. */
function mixture(count: number, dim: number, classes: number, seed: number) {
  const labels = randomLabels(count, classes, seed);
  const features = gaussians(count * dim, seed + 1);
  for (let i = 0; i < features.length; i++) {
    const column = i % dim;
    if (column % 2 === 1) features[i] = features[i - 1] + 0.3 * features[i];
    else features[i] += (column / dim) * labels[Math.floor(i / dim)];
  }
  return { features, labels };
}

describe('mrmr', () => {
  it.each([
    [80, 10, 2, 1],
    [120, 12, 5, 2],
    [9, 15, 3, 3],
  ])('agrees with the definition on %i rows, %i features, %i classes', (count, dim, classes, seed) => {
    const { features, labels } = mixture(count, dim, classes, seed);
    const expected = slowOrder(features, labels, dim);
    const actual = select(features, labels, dim);
    expect([...actual.order]).toEqual(expected.order);
    expectRelative(actual.objectives, expected.objectives, 1e-10);
  });

  it('passes over a copy of what it has for a weaker feature that says something new', () => {
    const labels = randomLabels(400, 2, 4);
    const strong = gaussians(400, 5).map((x, i) => x + 2 * labels[i]);
    const other = gaussians(400, 6).map((x, i) => x + 1.5 * labels[i]);
    const noise = gaussians(400, 7);
    const features = Float64Array.from({ length: 1200 }, (_, i) => {
      const row = Math.floor(i / 3);
      return [strong[row], strong[row] + 0.01 * noise[row], other[row]][i % 3];
    });
    const { order } = select(features, labels, 3);
    const { scores } = fStatistic(features, labels, { count: 400, dim: 3 });
    expect(Math.min(scores[0], scores[1])).toBeGreaterThan(scores[2]);
    expect(order[1]).toBe(2);
  });

  it('begins with the highest F statistic, and the choice for k begins the one for more', () => {
    const { features, labels } = mixture(60, 8, 3, 8);
    const { order, objectives } = select(features, labels, 8);
    const { scores } = fStatistic(features, labels, { count: 60, dim: 8 });
    expect(objectives[0]).toBe(Math.max(...scores));
    for (let k = 0; k < 8; k++)
      expect([...select(features, labels, 8, k).order]).toEqual([...order.subarray(0, k)]);
  });

  it('depends on neither the order of rows, the names of classes, nor shift and scale', () => {
    const { features, labels } = mixture(90, 9, 3, 9);
    const { order } = select(features, labels, 9);
    const rows = Array.from({ length: 90 }, (_, i) => (i * 7) % 90);
    const moved = Float64Array.from(rows.flatMap((row) => [...features.subarray(row * 9, row * 9 + 9)]));
    const renamed = rows.map((row) => 40 - 11 * labels[row]);
    expect([...select(moved, renamed, 9).order]).toEqual([...order]);
    const scaled = features.map((x, i) => 100 - (1 + (i % 9)) * x);
    expect([...select(scaled, labels, 9).order]).toEqual([...order]);
  });

  it('gives equal quotients to the higher index and leaves constant features for last', () => {
    const column = gaussians(40, 10);
    const labels = randomLabels(40, 2, 11);
    const features = Float64Array.from({ length: 160 }, (_, i) => (i % 4 < 2 ? column[i >> 2] : 7));
    const { order, objectives } = select(features, labels, 4);
    expect([...order]).toEqual([1, 0, 3, 2]);
    expect(Number.isNaN(objectives[1])).toBe(false);
    expect([...objectives.subarray(2)]).toEqual([NaN, NaN]);
  });

  it('reads float32 as the same numbers in float64', () => {
    const single = Float32Array.from(mixture(30, 6, 2, 12).features);
    const labels = randomLabels(30, 2, 13);
    expect(select(single, labels, 6)).toEqual(select(Float64Array.from(single), labels, 6));
  });

  it('rejects k beyond the features, NaN naming the column, wrong lengths and one class', () => {
    const labels = [0, 1, 0];
    for (const k of [3, -1, 0.5])
      expect(() => select(gaussians(6, 1), labels, 2, k)).toThrow(/k from 0 to 2/);
    expect(() => select(Float64Array.of(1, 2, 3, NaN, 5, 6), labels, 2)).toThrow(/column 1/);
    expect(() => select(gaussians(5, 1), labels, 2)).toThrow(/3×2 features/);
    expect(() => select(gaussians(3, 1), [1, 1, 1], 1)).toThrow(/at least 2 classes/);
  });
});
