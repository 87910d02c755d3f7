import { describe, expect, it } from 'vitest';
import { addToScatterMoments, createScatterMoments } from '../../../../src/core/linear-algebra/moments.ts';
import { fitPca, pcaMap, pcaOfMoments } from '../../../../src/core/selection/projection/pca.ts';
import { orthonormalityDefect, subspaceAngle } from '../../linear-algebra/subspace.ts';
import { gaussians } from '../../random-data.ts';
import { readFixture } from '../../read-fixture.ts';

interface Fixture {
  readonly name: string;
  readonly single: boolean;
  readonly count: number;
  readonly dim: number;
  readonly values: number[];
  readonly mean: number[];
  readonly components: number[];
  readonly explainedVariance: number[];
}

interface StackedFixture {
  readonly name: string;
  readonly dim: number;
  readonly images: number[];
  readonly texts: number[];
  readonly stackedComponents: number[];
  readonly stackedShares: number[];
}

describe('fitPca', () => {
  it.each(readFixture<Fixture[]>('pca'))('agrees with scikit-learn: $name', (fixture) => {
    const { single, count, dim, values, mean, components, explainedVariance } = fixture;
    const rows = single ? Float32Array.from(values) : Float64Array.from(values);
    const ours = fitPca(rows, dim);
    expect(ours.explainedVariance.length).toBe(Math.min(count, dim));
    mean.forEach((value, i) => expect(ours.mean[i]).toBeCloseTo(value, 9));
    const floor = 1e-13 * explainedVariance[0];
    let kept = 0;
    explainedVariance.forEach((variance, i) => {
      // What lies below is nothing but rounding, theirs (squared singular values) and ours.
      if (variance > floor) {
        kept = i + 1;
        expect(Math.abs(ours.explainedVariance[i] / variance - 1), `component ${i}`).toBeLessThan(1e-9);
      } else expect(ours.explainedVariance[i]).toBeLessThan(floor);
    });
    for (let k = 1; k <= kept; k++) {
      const angle = subspaceAngle(
        ours.components.subarray(0, k * dim),
        Float64Array.from(components.slice(0, k * dim)),
        dim,
      );
      expect(angle, `first ${k}`).toBeLessThan(1e-6);
    }
    expect(orthonormalityDefect(ours.components, dim)).toBeLessThan(1e-13);
  });

  it('gives the same first components when only some are asked for', () => {
    const rows = gaussians(200 * 20, 1).map((value, i) => value * (1 + (i % 20)));
    const all = fitPca(rows, 20);
    const few = fitPca(rows, 20, { components: 4 });
    expect(few.explainedVariance).toHaveLength(4);
    for (let i = 0; i < 4; i++) expect(few.explainedVariance[i]).toBeCloseTo(all.explainedVariance[i], 10);
    expect(subspaceAngle(few.components, all.components.subarray(0, 80), 20)).toBeLessThan(1e-12);
    expect(few.totalVariance).toBeCloseTo(
      all.explainedVariance.reduce((sum, value) => sum + value, 0),
      8,
    );
  });

  it('does not depend on the order of rows, and turns with the sign of a column', () => {
    const rows = gaussians(50 * 4, 2).map((value, i) => value * (4 - (i % 4)));
    const { explainedVariance, components } = fitPca(rows, 4);
    const reversed = new Float64Array(rows.length);
    for (let row = 0; row < 50; row++) reversed.set(rows.subarray(row * 4, row * 4 + 4), (49 - row) * 4);
    const other = fitPca(reversed, 4);
    explainedVariance.forEach((value, i) => expect(other.explainedVariance[i]).toBeCloseTo(value, 12));
    components.forEach((value, i) => expect(other.components[i]).toBeCloseTo(value, 12));
    const flipped = fitPca(
      rows.map((value, i) => (i % 4 === 2 ? -value : value)),
      4,
    );
    explainedVariance.forEach((value, i) => expect(flipped.explainedVariance[i]).toBeCloseTo(value, 12));
  });

  it('finds no variance in equal rows', () => {
    const { explainedVariance, totalVariance, components } = fitPca(new Float32Array(12).fill(0.1), 3);
    expect([...explainedVariance]).toEqual([0, 0, 0]);
    expect(totalVariance).toBe(0);
    expect(orthonormalityDefect(components, 3)).toBe(0);
  });

  it('streams shards to the answer of one pass', () => {
    const rows = gaussians(300 * 6, 3).map((value, i) => (value + 3) * (1 + (i % 6)));
    const whole = fitPca(rows, 6);
    const moments = createScatterMoments(6);
    for (let row = 0; row < 300; row += 37)
      addToScatterMoments(moments, rows.subarray(row * 6, (row + 37) * 6));
    const sharded = pcaOfMoments(moments, 6);
    whole.explainedVariance.forEach((value, i) =>
      expect(Math.abs(sharded.explainedVariance[i] / value - 1)).toBeLessThan(1e-9),
    );
    expect(
      subspaceAngle(sharded.components.subarray(0, 12), whole.components.subarray(0, 12), 6),
    ).toBeLessThan(1e-9);
  });

  it('refuses one row, too many components, NaN and a broken shape', () => {
    expect(() => fitPca(new Float64Array(3), 3)).toThrow(/at least 2 rows, got 1/);
    expect(() => fitPca(gaussians(12, 4), 4, { components: 4 })).toThrow(
      /1 to 3 components of 3 rows of 4, got 4/,
    );
    expect(() => fitPca(gaussians(12, 4), 4, { components: 0 })).toThrow(RangeError);
    expect(() => fitPca(Float64Array.of(1, NaN, 2, 3), 2)).toThrow(/column 1/);
    expect(() => fitPca(new Float64Array(7), 2)).toThrow(RangeError);
    expect(() => fitPca(new Float64Array(0), 2)).toThrow(RangeError);
  });
});

describe('pcaMap', () => {
  it.each(readFixture<StackedFixture[]>('cross-covariance'))(
    'agrees with scikit-learn on both modalities stacked: $name',
    ({ dim, images, texts, stackedComponents, stackedShares }) => {
      const centred = (rows: number[]) => {
        const { mean } = fitPca(Float64Array.from(rows), dim);
        return Float64Array.from(rows, (value, i) => value - mean[i % dim]);
      };
      for (const k of [1, 3, 5]) {
        const { map, explainedVarianceShare } = pcaMap(centred(images), centred(texts), dim, k);
        expect(map).toBeInstanceOf(Float32Array);
        expect(map.length).toBe(k * dim);
        const expected = Float64Array.from(stackedComponents.slice(0, k * dim));
        // The map is stored in float32: 6e-8 an entry.
        expect(subspaceAngle(map, expected, dim)).toBeLessThan(1e-6);
        const share = stackedShares.slice(0, k).reduce((sum, value) => sum + value, 0);
        expect(explainedVarianceShare).toBeCloseTo(share, 12);
      }
    },
  );

  it('refuses k beyond the dimensions', () => {
    const rows = gaussians(40, 5);
    expect(() => pcaMap(rows, rows, 4, 5)).toThrow(/1 to 4 components/);
    expect(() => pcaMap(rows, rows, 4, 0)).toThrow(RangeError);
    expect(() => pcaMap(rows, rows, 4, 1.5)).toThrow(RangeError);
  });
});
