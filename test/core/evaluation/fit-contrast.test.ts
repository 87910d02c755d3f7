import { describe, expect, it } from 'vitest';
import { OUTSIDE_SHARE, contrastOf, tailShare } from '../../../src/core/calibration/domain.ts';
import { fitContrast } from '../../../src/core/evaluation/fit-contrast.ts';
import { fitModalityDomain } from '../../../src/core/evaluation/fit-domain.ts';
import type { OutlierSet } from '../../../src/core/pairs/outliers.ts';
import { createRandom } from '../../../src/core/random.ts';
import { normalizeRows } from '../../../src/core/vector.ts';
import { readFixture } from '../read-fixture.ts';

interface Matrix {
  readonly count: number;
  readonly dim: number;
  readonly values: readonly number[];
}

interface Fixture {
  readonly inside: Matrix;
  readonly unlikeness: readonly number[];
  readonly folds: number;
  readonly outside: Matrix;
  readonly ofOutside: readonly number[];
  readonly weights: readonly number[];
  readonly unlikenessWeight: number;
  readonly nearest: number;
  readonly heldOut: readonly number[];
}

describe('a contrast', () => {
  const fixture = readFixture<Fixture>('contrast');
  const { dim, count } = fixture.inside;
  const embeddings = Float32Array.from(fixture.inside.values);
  const outside = Float32Array.from(fixture.outside.values);
  const unlikeness = Float64Array.from(fixture.unlikeness);
  const folds = Array.from({ length: fixture.folds }, (_, fold) =>
    Uint32Array.from({ length: count }, (_row, i) => i).filter((i) => i % fixture.folds === fold),
  );
  const families = Int32Array.from({ length: 21 }, (_, i) => Math.floor(i / 7));
  const rowOf = (at: Float32Array): number => {
    for (let row = 0; row < 21; row++) if (at.byteOffset === outside.byteOffset + 4 * row * dim) return row;
    throw new Error('not one of the outliers');
  };
  const at = { unlikeness: (row: Float32Array): number => fixture.ofOutside[rowOf(row)], seed: 0 };

  it("is scikit-learn's logistic regression, here and in every fold, without the family that is no outlier", () => {
    const fitted = fitContrast({ embeddings, unlikeness, folds }, { embeddings: outside, families }, dim, at);
    if (fitted === null) throw new Error('no contrast was fitted');
    const { contrast, heldOut } = fitted;
    expect(contrast.scales.length).toBe(2);
    // Ours ends at a gradient of 1e-5 at most, and no curvature is below the penalty's 1; float32 adds 6e-8 of numbers up to 3.
    const tolerance = 1.1e-5;
    contrast.weights.forEach((weight, i) => {
      expect(Math.abs(weight - fixture.weights[i]), `weight ${i}`).toBeLessThan(tolerance);
    });
    expect(Math.abs(contrast.unlikeness - fixture.unlikenessWeight)).toBeLessThan(tolerance);
    expect(Math.abs(contrast.nearest - fixture.nearest)).toBeLessThan(tolerance);
    // The intercept is left out, there and here.
    heldOut.forEach((value, i) => {
      expect(Math.abs(value - fixture.heldOut[i]), `row ${i}`).toBeLessThan(4 * tolerance);
    });
    const first = contrastOf(contrast, embeddings.subarray(0, dim), unlikeness[0]);
    expect(Number.isFinite(first)).toBe(true);
  });

  it('is null where every family is like what the calibration holds, or there is but one of each', () => {
    const inside = { embeddings, unlikeness, folds };
    const alike = { embeddings: embeddings.slice(0, 6 * dim), families: new Int32Array(6) };
    const plain = { unlikeness: () => 0, seed: 0 };
    expect(fitContrast(inside, alike, dim, plain)).toBeNull();
    const single = { embeddings: outside.slice(0, dim), families: new Int32Array(1) };
    expect(fitContrast(inside, single, dim, plain)).toBeNull();
    expect(
      fitContrast(inside, { embeddings: new Float32Array(0), families: new Int32Array(0) }, dim, plain),
    ).toBeNull();
  });
});

describe('a domain with a contrast', () => {
  const DIM = 32;
  /** Unit vectors around the origin of a sphere: every direction alike. */
  const drawInside = (count: number, seed: number): Float32Array => {
    const random = createRandom(seed);
    const rows = Float32Array.from({ length: count * DIM }, () => random.nextGaussian());
    normalizeRows(rows, DIM);
    return rows;
  };
  /** As long as any, and in the middle of some direction: near `at`, as noise is for an encoder. */
  const drawNear = (at: number, count: number, seed: number): Float32Array => {
    const random = createRandom(seed);
    const rows = Float32Array.from({ length: count * DIM }, (_, i) =>
      i % DIM === at ? 1 : 0.1 * random.nextGaussian(),
    );
    normalizeRows(rows, DIM);
    return rows;
  };
  const fit = (rows: Float32Array, outliers: OutlierSet | null): ReturnType<typeof fitModalityDomain> => {
    const numbers = Uint32Array.from({ length: rows.length / DIM }, (_, i) => i);
    return fitModalityDomain(rows, DIM, { rows: numbers, groups: Int32Array.from(numbers) }, 0, outliers);
  };
  const flagged = (domain: ReturnType<typeof fit>, rows: Float32Array): number => {
    if (domain === null) throw new Error('no domain was fitted');
    const count = rows.length / DIM;
    const shares = Array.from({ length: count }, (_, i) =>
      tailShare(domain, rows.subarray(i * DIM, (i + 1) * DIM)),
    );
    return shares.filter((share) => share < OUTSIDE_SHARE).length / count;
  };

  it('flags what is like its outliers, which distances alone do not, and hardly anything else', () => {
    const inside = drawInside(600, 1);
    const outliers = { embeddings: drawNear(3, 8, 2), families: new Int32Array(8) };
    const news = drawNear(3, 100, 3);
    expect(flagged(fit(inside, null), news)).toBeLessThan(0.2);
    const domain = fit(inside, outliers);
    expect(flagged(domain, news)).toBeGreaterThan(0.95);
    // 1 in 100, and three standard errors of 2,000 new ones held against 600.
    expect(flagged(domain, drawInside(2000, 4))).toBeLessThan(0.01 + 3 * Math.sqrt(0.0099 / 460));
  });
});
