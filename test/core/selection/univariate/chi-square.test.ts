import { describe, expect, it } from 'vitest';
import { chiSquare } from '../../../../src/core/selection/univariate/chi-square.ts';
import type { Floats } from '../../../../src/core/vector.ts';
import { expectRelative } from '../../expect-relative.ts';
import { gaussians, randomLabels } from '../../random-data.ts';
import { readFixture } from '../../read-fixture.ts';
import type { TestedCase } from './tested-case.ts';

interface Case extends TestedCase {
  readonly scaled: boolean;
}

function test(features: Floats, labels: ArrayLike<number>, dim = 1) {
  return chiSquare(features, labels, { count: labels.length, dim });
}

describe('chiSquare', () => {
  it.each(readFixture<Case[]>('chi-square'))(
    'agrees with scikit-learn: $name',
    ({ values, labels, dim, scaled, scores, pValues }) => {
      const actual = test(Float64Array.from(values), labels, dim);
      expect(actual.scaled).toBe(scaled);
      // Both round sums of some dozens of numbers; the difference from what is expected cancels some digits.
      expectRelative(actual.scores, scores, 1e-9);
      expectRelative(actual.pValues, pValues, 1e-9);
    },
  );

  it('gives the figures worked out by hand for a table of counts', () => {
    // Sums 3 and 9, 6 expected in each of two classes of one size: 9/6 + 9/6.
    const { scores, pValues, scaled } = test(Float64Array.of(1, 2, 4, 5), [0, 0, 1, 1]);
    expect([scores[0], scaled]).toEqual([3, false]);
    // The square of a standard normal beyond √3.
    expect(pValues[0]).toBeCloseTo(0.0832645, 7);
  });

  it('gives 0 and p = 1 where the classes have their share, NaN for a feature that is never there', () => {
    const { scores, pValues } = test(Float64Array.of(2, 0, 4, 0, 3, 0, 3, 0), [0, 0, 1, 1], 2);
    expect([...scores]).toEqual([0, NaN]);
    expect([...pValues]).toEqual([1, NaN]);
  });

  it('scales all columns when one is negative, and constant ones then score NaN', () => {
    const { scores, scaled } = test(Float64Array.of(-1, 5, 7, 0, 5, 7.5, 2, 5, 8, 5, 5, 9), [0, 0, 1, 1], 3);
    expect(scaled).toBe(true);
    // Scaled columns: 0, 1/6, 3/6, 1 and 0, 1/4, 2/4, 1.
    expectRelative(scores, [(2 * (2 / 3) ** 2) / (5 / 6), null, (2 * (5 / 8) ** 2) / (7 / 8)], 1e-14);
  });

  it('takes -0 for 0, not for a negative number', () => {
    expect(test(Float64Array.of(-0, 1, 2, 3), [0, 0, 1, 1]).scaled).toBe(false);
  });

  it('depends on neither the order of rows nor the names of classes', () => {
    const labels = randomLabels(90, 3, 1);
    const features = gaussians(90, 2).map((x, i) => x + 0.4 * labels[i]);
    const order = Array.from({ length: 90 }, (_, i) => (i * 7) % 90);
    const moved = test(
      Float64Array.from(order, (row) => features[row]),
      order.map((row) => 5 - 3 * labels[row]),
    );
    expectRelative(moved.scores, test(features, labels).scores, 1e-11);
  });

  it('does not depend on shift and scale of a signed column', () => {
    const labels = randomLabels(90, 2, 3);
    const features = gaussians(90, 4);
    const shifted = features.map((x) => 4 * x - 16);
    // The shift rounds values of 16 at 1e-15.
    expectRelative(test(shifted, labels).scores, test(features, labels).scores, 1e-11);
  });

  it('reads float32 as the same numbers in float64', () => {
    const single = Float32Array.from(gaussians(60, 5));
    const labels = randomLabels(30, 2, 6);
    expect(test(single, labels, 2)).toEqual(test(Float64Array.from(single), labels, 2));
  });

  it('rejects NaN and Infinity naming the column, wrong lengths and one class', () => {
    expect(() => test(Float64Array.of(1, 2, 3, NaN, 5, 6), [0, 1, 0], 2)).toThrow(/column 1/);
    expect(() => test(Float64Array.of(1, NaN), [0, 1], 1)).toThrow(/column 0/);
    expect(() => test(Float64Array.of(-Infinity, 2, 3), [0, 1, 0])).toThrow(/column 0/);
    expect(() => test(gaussians(5, 1), [0, 1, 0])).toThrow(/3×1 features/);
    expect(() => test(gaussians(3, 1), [4, 4, 4])).toThrow(/at least 2 classes, got 1/);
    expect(() => test(new Float64Array(0), [])).toThrow(/at least 2 classes, got 0/);
  });
});
