import { describe, expect, it } from 'vitest';
import { interpolate, isotonicRegression } from '../../../src/core/calibration/isotonic-regression.ts';
import { createRandom } from '../../../src/core/random.ts';
import { gaussians } from '../random-data.ts';
import { readFixture } from '../read-fixture.ts';

interface Case {
  readonly name: string;
  readonly positions: number[];
  readonly targets: number[];
  readonly weights: number[];
  readonly knots: number[];
  readonly values: number[];
  readonly asked: number[];
  readonly predicted: number[];
}

const CASES = readFixture<Case[]>('isotonic');

/** Sums of up to 120 numbers in another order. */
const TOLERANCE = 1e-9;

/** The min-max formula (Barlow et al. 1972): max over starts up to i of the least mean from there to an end from i on. */
function slowFit(targets: Float64Array): number[] {
  const mean = (from: number, to: number): number => {
    const part = targets.subarray(from, to + 1);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  };
  const all = [...targets.keys()];
  return all.map((i) =>
    Math.max(...all.slice(0, i + 1).map((from) => Math.min(...all.slice(i).map((to) => mean(from, to))))),
  );
}

describe('isotonicRegression', () => {
  it.each(CASES)('agrees with scikit-learn: $name', ({ positions, targets, weights, ...expected }) => {
    const fit = isotonicRegression(
      Float64Array.from(positions),
      Float64Array.from(targets),
      Float64Array.from(weights),
    );
    expected.asked.forEach((position, i) => {
      const value = interpolate(fit.positions, fit.values, position);
      expect(Math.abs(value - expected.predicted[i]), `at ${position}`).toBeLessThan(TOLERANCE);
    });
    expect([...fit.positions]).toEqual(expected.knots);
  });

  it('is the min-max formula', () => {
    for (let seed = 0; seed < 20; seed++) {
      const targets = gaussians(30, seed);
      const positions = Float64Array.from(targets.keys());
      const fit = isotonicRegression(positions, targets, new Float64Array(30).fill(1));
      slowFit(targets).forEach((value, i) => {
        expect(Math.abs(interpolate(fit.positions, fit.values, i) - value), `seed ${seed}`).toBeLessThan(
          1e-12,
        );
      });
    }
  });

  it('ascends strictly in position and never falls in value, whatever the input', () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = createRandom(seed);
      const positions = Float64Array.from({ length: 40 }, () => random.nextInt(15)).sort();
      const targets = positions.map(() => random.nextInt(2));
      const weights = positions.map((_, i) => (i === 0 ? 1 : random.nextInt(3)));
      const fit = isotonicRegression(positions, targets, weights);
      for (let i = 1; i < fit.positions.length; i++) {
        expect(fit.positions[i], `seed ${seed}`).toBeGreaterThan(fit.positions[i - 1]);
        expect(fit.values[i], `seed ${seed}`).toBeGreaterThanOrEqual(fit.values[i - 1]);
      }
    }
  });

  it('takes entries of weight 0 as absent and a weight of 2 as two entries', () => {
    const fit = isotonicRegression(
      Float64Array.of(1, 2, 3),
      Float64Array.of(1, 9, 0),
      Float64Array.of(2, 0, 1),
    );
    const twice = isotonicRegression(
      Float64Array.of(1, 1, 3),
      Float64Array.of(1, 1, 0),
      Float64Array.of(1, 1, 1),
    );
    expect(fit).toEqual(twice);
    expect([...fit.values]).toEqual([2 / 3, 2 / 3]);
  });

  it('rejects lists of different length, nothing of weight, and NaN', () => {
    const two = Float64Array.of(0, 1);
    expect(() => isotonicRegression(two, Float64Array.of(1), two)).toThrow(
      /2 targets and weights.*got 1 and 2/,
    );
    expect(() => isotonicRegression(two, two, new Float64Array(2))).toThrow(/positive weight, got none/);
    expect(() => isotonicRegression(new Float64Array(), new Float64Array(), new Float64Array())).toThrow(
      RangeError,
    );
    expect(() => isotonicRegression(Float64Array.of(NaN), Float64Array.of(1), Float64Array.of(1))).toThrow(
      /NaN/,
    );
  });
});

describe('interpolate', () => {
  const positions = Float64Array.of(0, 1, 3);
  const values = Float64Array.of(0.1, 0.1, 0.5);

  it('is exact at knots and on plateaus, linear between, and constant outside', () => {
    const asked = [-9, 0, 0.7, 1, 2, 3, 99];
    expect(asked.map((position) => interpolate(positions, values, position))).toEqual([
      0.1,
      0.1,
      0.1,
      0.1,
      0.1 + 0.5 * (0.5 - 0.1),
      0.5,
      0.5,
    ]);
  });

  it('takes a single knot for all positions', () => {
    const asked = [-1, 0, 1].map((position) =>
      interpolate(Float64Array.of(0), Float64Array.of(0.3), position),
    );
    expect(asked).toEqual([0.3, 0.3, 0.3]);
  });
});
