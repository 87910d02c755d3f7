import { describe, expect, it } from 'vitest';
import { fStatistic } from '../../../../src/core/selection/univariate/f-statistic.ts';
import type { Floats } from '../../../../src/core/vector.ts';
import { gaussians, randomLabels } from '../../random-data.ts';
import { expectRelative } from '../../expect-relative.ts';
import { readFixture } from '../../read-fixture.ts';
import type { TestedCase } from './tested-case.ts';

interface Case extends TestedCase {
  readonly single: boolean;
}

function test(features: Floats, labels: ArrayLike<number>, dim = 1) {
  return fStatistic(features, labels, { count: labels.length, dim });
}

describe('fStatistic', () => {
  it.each(readFixture<Case[]>('f-statistic'))(
    'agrees with scikit-learn: $name',
    ({ values, labels, dim, single, scores, pValues }) => {
      const features = single ? Float32Array.from(values) : Float64Array.from(values);
      const actual = test(features, labels, dim);
      // scikit-learn does not centre: some digits of 16 are lost there.
      expectRelative(actual.scores, scores, 1e-9);
      expectRelative(actual.pValues, pValues, 1e-9);
    },
  );

  it('is the square of the t statistic for two classes', () => {
    // Means 2 and 5, squares within 2 and 2, pooled variance 1: t² = 9 / (1/3 + 1/3).
    const { scores, pValues } = test(Float64Array.of(1, 2, 3, 4, 5, 6), [0, 0, 0, 1, 1, 1]);
    expect(scores[0]).toBeCloseTo(13.5, 12);
    // P(|t| > 3.674) with 4 degrees of freedom.
    expect(pValues[0]).toBeCloseTo(0.0213, 4);
  });

  it('gives NaN for a constant feature, Infinity for one constant within each class', () => {
    const rows = [0, 0, 1, 1, 2].flatMap((label) => [0.1, label]);
    const { scores, pValues } = test(Float64Array.from(rows), [0, 0, 1, 1, 2], 2);
    expect([...scores]).toEqual([NaN, Infinity]);
    expect([...pValues]).toEqual([NaN, 0]);
  });

  it('gives 0 and p = 1 where the class means are equal', () => {
    const { scores, pValues } = test(Float64Array.of(1, 3, 0, 4), [0, 0, 1, 1]);
    expect([scores[0], pValues[0]]).toEqual([0, 1]);
  });

  it('depends on neither the order of rows, the names of classes, nor shift and scale of a column', () => {
    const labels = randomLabels(90, 3, 1);
    const features = gaussians(90, 2).map((x, i) => x + 0.4 * labels[i]);
    const { scores } = test(features, labels);
    const order = Array.from({ length: 90 }, (_, i) => (i * 7) % 90);
    const moved = test(
      Float64Array.from(order, (row) => features[row]),
      order.map((row) => 5 - 3 * labels[row]),
    );
    expectRelative(moved.scores, scores, 1e-12);
    // The shift rounds values of 1e6 at 1e-10.
    expectRelative(
      test(
        features.map((x) => -8 * x + 1e6),
        labels,
      ).scores,
      scores,
      1e-8,
    );
  });

  it('keeps its digits beside a large mean', () => {
    const labels = randomLabels(200, 2, 3);
    const features = gaussians(200, 4).map((x, i) => Math.round(1000 * (x + labels[i])));
    expectRelative(
      test(
        features.map((x) => x + 2 ** 40),
        labels,
      ).scores,
      test(features, labels).scores,
      1e-12,
    );
  });

  it('reads float32 as the same numbers in float64, and leaves its input alone', () => {
    const single = Float32Array.from(gaussians(60, 5));
    const labels = randomLabels(30, 2, 6);
    const before = [...single];
    expect(test(single, labels, 2)).toEqual(test(Float64Array.from(single), labels, 2));
    expect([...single]).toEqual(before);
  });

  it('rejects NaN and Infinity naming the column, wrong lengths, one class, and a row a class', () => {
    expect(() => test(Float64Array.of(1, 2, 3, NaN, 5, 6), [0, 1, 0], 2)).toThrow(/column 1/);
    expect(() => test(Float64Array.of(Infinity, 2, 3), [0, 1, 0])).toThrow(/column 0/);
    expect(() => test(gaussians(5, 1), [0, 1, 0])).toThrow(/3×1 features/);
    expect(() => test(gaussians(3, 1), [4, 4, 4])).toThrow(/at least 2 classes, got 1/);
    expect(() => test(gaussians(2, 1), [0, 1])).toThrow(/more rows than the 2 classes/);
    expect(() => test(new Float64Array(0), [])).toThrow(/at least 2 classes, got 0/);
  });
});
