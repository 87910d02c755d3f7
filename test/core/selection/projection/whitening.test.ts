import { describe, expect, it } from 'vitest';
import {
  canonicalMaps,
  prepareCanonicalCorrelation,
} from '../../../../src/core/selection/projection/canonical-correlation.ts';
import {
  prepareWhitenedCrossCovariance,
  whitenedCrossCovarianceMap,
} from '../../../../src/core/selection/projection/whitened-cross-covariance.ts';
import { dot } from '../../../../src/core/vector.ts';
import { gaussians } from '../../random-data.ts';
import { readFixture } from '../../read-fixture.ts';

interface Fit {
  readonly ridge: number;
  readonly eigenvalues: number[];
  readonly map: number[];
  readonly correlations: number[];
  readonly imageMap: number[];
  readonly textMap: number[];
}

interface Fixture {
  readonly name: string;
  readonly count: number;
  readonly dim: number;
  readonly images: number[];
  readonly texts: number[];
  readonly fits: Fit[];
  readonly sklearnCorrelations?: number[];
  readonly sklearnImageScores?: number[];
  readonly sklearnTextScores?: number[];
}

const fixtures = readFixture<Fixture[]>('whitened-maps');
const cases = fixtures.flatMap((fixture) =>
  fixture.fits.map((fit) => ({ fixture, fit, ridge: fit.ridge, name: fixture.name })),
);

function pairedRows({ images, texts, dim }: Pick<Fixture, 'images' | 'texts' | 'dim'>) {
  const [x, y] = [images, texts].map((rows) => Float32Array.from(rows));
  return { images: x, texts: y, pairedImages: x, pairedTexts: y, dim };
}

/** Largest difference of two maps, row by row up to its sign, as a share of the largest entry. */
function difference(actual: Float32Array, expected: readonly number[], dim: number): number {
  const largest = Math.max(...expected.map(Math.abs));
  let worst = 0;
  for (let at = 0; at < expected.length; at += dim) {
    const row = expected.slice(at, at + dim);
    const sign = Math.sign(row.reduce((sum, value, i) => sum + value * actual[at + i], 0));
    row.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - sign * actual[at + i]))));
  }
  return worst / largest;
}

describe('whitenedCrossCovarianceMap', () => {
  it.each(cases)('is what numpy gives: $name, ridge $ridge', ({ fixture, fit }) => {
    const prepared = prepareWhitenedCrossCovariance(pairedRows(fixture));
    const { map, eigenvalues, positiveCount } = whitenedCrossCovarianceMap(prepared, fit.ridge, 4);
    fit.eigenvalues.forEach((value, i) => expect(Math.abs(eigenvalues[i] - value)).toBeLessThan(1e-9));
    // Maps are float32.
    expect(difference(map, fit.map, fixture.dim)).toBeLessThan(1e-5);
    expect(positiveCount).toBeGreaterThanOrEqual(fit.map.length / fixture.dim);
    expect(map.subarray(fit.map.length).every((value) => value === 0)).toBe(true);
  });

  it('counts a loud coordinate that nothing is shared on for less the smaller the ridge', () => {
    const dim = 3;
    const images = gaussians(300, 6);
    const texts = gaussians(300, 7).map((x, i) =>
      i % dim === 0 ? images[i] + 0.3 * x : i % dim === 1 ? 30 * x : x,
    );
    const prepared = prepareWhitenedCrossCovariance({
      images,
      texts,
      pairedImages: images,
      pairedTexts: texts,
      dim,
    });
    const [none, large] = [0.01, 100].map((ridge) => whitenedCrossCovarianceMap(prepared, ridge, 1).map);
    const share = (map: Float32Array) => Math.abs(map[1]) / Math.abs(map[0]);
    expect(share(none)).toBeLessThan(0.05);
    expect(share(none)).toBeLessThan(share(large));
  });

  it('gives zeros for rows that never vary', () => {
    const zeros = new Float32Array(12);
    const prepared = prepareWhitenedCrossCovariance({
      images: zeros,
      texts: zeros,
      pairedImages: zeros,
      pairedTexts: zeros,
      dim: 4,
    });
    const { map, positiveCount } = whitenedCrossCovarianceMap(prepared, 1, 2);
    expect([...map]).toEqual(Array.from({ length: 8 }, () => 0));
    expect(positiveCount).toBe(0);
  });
});

describe('canonicalMaps', () => {
  it.each(cases)('are what numpy gives: $name, ridge $ridge', ({ fixture, fit }) => {
    const prepared = prepareCanonicalCorrelation(pairedRows(fixture));
    const { imageMap, textMap, correlations } = canonicalMaps(prepared, fit.ridge, 4);
    fit.correlations.forEach((value, i) => expect(Math.abs(correlations[i] - value)).toBeLessThan(1e-9));
    expect(difference(imageMap, fit.imageMap, fixture.dim)).toBeLessThan(1e-5);
    expect(difference(textMap, fit.textMap, fixture.dim)).toBeLessThan(1e-5);
    // One sign for both maps of an axis: mapped pairs agree.
    for (let row = 0; row < 4; row++) {
      const at = row * fixture.dim;
      let covariance = 0;
      for (let i = 0; i < fixture.images.length; i += fixture.dim) {
        const mapped = (map: Float32Array, rows: number[]) =>
          map.subarray(at, at + fixture.dim).reduce((sum, value, j) => sum + value * rows[i + j], 0);
        covariance += mapped(imageMap, fixture.images) * mapped(textMap, fixture.texts);
      }
      expect(covariance).toBeGreaterThan(0);
    }
  });

  it('without a ridge gives the variates that scikit-learn finds', () => {
    const [fixture] = fixtures;
    const { dim, count, sklearnCorrelations = [], sklearnImageScores = [], sklearnTextScores = [] } = fixture;
    const { imageMap, textMap, correlations } = canonicalMaps(
      prepareCanonicalCorrelation(pairedRows(fixture)),
      0,
      3,
    );
    expect(sklearnCorrelations).toHaveLength(3);
    const sides = [
      [imageMap, fixture.images, sklearnImageScores],
      [textMap, fixture.texts, sklearnTextScores],
    ] as const;
    sklearnCorrelations.forEach((correlation, axis) => {
      expect(correlations[axis]).toBeCloseTo(correlation, 6);
      for (const [map, rows, scores] of sides) {
        const ours = Float64Array.from({ length: count }, (_, row) =>
          dot(map, axis * dim, Float64Array.from(rows), row * dim, dim),
        );
        const theirs = Float64Array.from(scores.slice(axis * count, (axis + 1) * count));
        const norms = Math.sqrt(dot(ours, 0, ours, 0, count) * dot(theirs, 0, theirs, 0, count));
        // Scikit-learn iterates to 1e-12 of a step.
        expect(Math.abs(dot(ours, 0, theirs, 0, count)) / norms).toBeGreaterThan(1 - 1e-6);
      }
    });
  });

  it('refuses k beyond dim, a negative ridge, no rows, unequal shapes and NaN', () => {
    const rows = gaussians(12, 3);
    const of = (images: Float64Array, texts: Float64Array) =>
      prepareCanonicalCorrelation({ images, texts, pairedImages: images, pairedTexts: texts, dim: 4 });
    const prepared = of(rows, rows);
    expect(() => canonicalMaps(prepared, 1, 5)).toThrow(/k from 1 to 4, got 5/);
    expect(() => canonicalMaps(prepared, -1, 2)).toThrow(/ridge of at least 0, got -1/);
    expect(() => of(new Float64Array(0), new Float64Array(0))).toThrow(/at least one row/);
    expect(() => of(rows, rows.subarray(4))).toThrow(/one shape/);
    expect(() => of(rows, new Float64Array(12).fill(NaN))).toThrow(RangeError);
  });
});
