import { describe, expect, it } from 'vitest';
import { rowMatrix } from '../../../../src/core/linear-algebra/kernels/fast-rows.ts';
import { minimizeL2 } from '../../../../src/core/selection/logistic/logistic-regression.ts';
import { rfe } from '../../../../src/core/selection/elimination/rfe.ts';
import { readFixture } from '../../read-fixture.ts';
import type { FixtureMatrix, Made } from '../logistic/logistic-data.ts';
import { featuresOf, madeData, takeColumns, takeRows } from '../logistic/logistic-data.ts';

interface Case extends FixtureMatrix {
  readonly name: string;
  readonly c: number;
  readonly step: number;
  readonly downTo: number;
  readonly ranking: number[];
  readonly masks: Readonly<Record<string, number[]>>;
}

describe('rfe against scikit-learn', () => {
  for (const { name, ranking, masks, ...options } of readFixture<Case[]>('rfe')) {
    it(`keeps the same features at every k: ${name}`, () => {
      const { order } = rfe(featuresOf(options), options.labels, options);
      for (const [k, mask] of Object.entries(masks)) {
        expect([...order.slice(0, Number(k)).sort()], `k = ${k}`).toEqual(mask);
      }
      // A higher rank number left earlier.
      const ranks = [...order].map((j) => ranking[j]);
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    });
  }
});

/** One fit after another from zero, as the definition reads. */
function slowOrder(data: Made, step: number, downTo: number, c: number): number[] {
  let kept = [...Array(data.dim).keys()];
  const left: number[] = [];
  for (;;) {
    const { features: rows, labels: targets, count, dim } = takeColumns(data, kept);
    const parameters = new Float64Array(dim + 1);
    minimizeL2({ rows: rowMatrix(rows, count, dim), targets, c }, parameters, 1e-9);
    const ranked = kept.toSorted(
      (a, b) => parameters[kept.indexOf(b)] ** 2 - parameters[kept.indexOf(a)] ** 2,
    );
    if (dim === downTo) return [...ranked, ...left];
    const remaining = Math.max(downTo, dim - step);
    left.unshift(...ranked.slice(remaining));
    kept = ranked.slice(0, remaining).sort((a, b) => a - b);
  }
}

describe('rfe', () => {
  it.each([
    [150, 40, 1, 1, 1],
    [150, 40, 7, 3, 10],
    [60, 90, 1, 5, 1],
    [400, 30, 1, 2, 0.001],
    [600, 120, 35, 2, 1],
  ])('orders as fits from zero do: %d×%d, step %d to %d, C %d', (count, dim, step, downTo, c) => {
    const data = madeData(count, dim, 8, count + step);
    const { order, fits } = rfe(data.features, data.labels, { ...data, step, downTo, c });
    expect([...order]).toEqual(slowOrder(data, step, downTo, c));
    expect(fits).toBe(1 + Math.ceil((dim - downTo) / step));
  });

  it('keeps at k what a run that stops at k keeps', () => {
    const data = madeData(120, 20, 6, 41);
    const { order } = rfe(data.features, data.labels, { ...data, step: 3, downTo: 1 });
    for (let k = 1; k <= 20; k++) {
      const stopped = rfe(data.features, data.labels, { ...data, step: 3, downTo: k }).order;
      expect(new Set(stopped.slice(0, k)), `k = ${k}`).toEqual(new Set(order.slice(0, k)));
    }
  });

  it('does not depend on the order of rows, the names of the classes or the precision', () => {
    const data = madeData(90, 12, 5, 42);
    const single = Float32Array.from(data.features);
    const options = { ...data, step: 1, downTo: 1 };
    const base = rfe(single, data.labels, options).order;
    const turned = takeRows(
      { ...data, features: Float64Array.from(single) },
      Array.from(data.labels, (_, i) => (i * 7) % 90),
    );
    expect(rfe(turned.features, turned.labels, options).order).toEqual(base);
    expect(
      rfe(
        single,
        Array.from(data.labels, (label) => (label === 1 ? 7 : 3)),
        options,
      ).order,
    ).toEqual(base);
    expect(
      rfe(
        single,
        Array.from(data.labels, (label) => -label),
        options,
      ).order,
    ).toEqual(base);
  });

  it('finds the features that carry the classes, and leaves constant ones first', () => {
    const data = madeData(2000, 12, 4, 43);
    const flat = data.features.map((x, at) => (at % 12 === 9 ? 0 : x));
    const { order } = rfe(flat, data.labels, { ...data, step: 1, downTo: 1 });
    expect([...order.slice(0, 4)].sort()).toEqual([0, 1, 2, 3]);
    expect(order[11]).toBe(9);
  });

  it('survives separable classes, equal columns and columns of scale 1e6 under a large C', () => {
    const data = madeData(40, 6, 3, 44);
    const clear = data.features.map((x, at) => x + (at % 6 === 2 ? 20 * data.labels[Math.floor(at / 6)] : 0));
    const { order } = rfe(clear, data.labels, { ...data, step: 1, downTo: 1, c: 1e4 });
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(order[0]).toBe(2);
    const wide = takeColumns(
      { ...data, features: clear.map((x, at) => x * 10 ** (at % 6)) },
      [0, 1, 2, 3, 4, 5, 5, 5],
    );
    const ranked = rfe(wide.features, wide.labels, { ...wide, step: 1, downTo: 1, c: 1e4 }).order;
    expect([...ranked].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('ranks one feature, and without eliminating', () => {
    expect([
      ...rfe(Float64Array.of(1, 2, 3, 4), [0, 0, 1, 1], { count: 4, dim: 1, step: 1, downTo: 1 }).order,
    ]).toEqual([0]);
    const data = madeData(200, 5, 3, 45);
    const { order, fits } = rfe(data.features, data.labels, { ...data, step: 1, downTo: 5 });
    expect(fits).toBe(1);
    expect(order[0]).toBe(0);
  });

  it('rejects what it cannot rank, naming it', () => {
    const x = Float64Array.of(1, 2, 3, 4);
    const options = { count: 4, dim: 1, step: 1, downTo: 1 };
    expect(() => rfe(x, [1, 1, 1, 1], options)).toThrow(/2 classes .*got 1: 1/);
    expect(() => rfe(x, [0, 1, 2, 3], options)).toThrow(/got 4: 0, 1, 2, 3/);
    expect(() => rfe(Float64Array.of(1, NaN, 3, 4), [0, 1, 0, 1], options)).toThrow(/got NaN in row 1/);
    for (const step of [0, -1, 1.5, NaN]) {
      expect(() => rfe(x, [0, 1, 0, 1], { ...options, step })).toThrow(/step of at least 1 feature/);
    }
    for (const downTo of [0, 2, 0.5]) {
      expect(() => rfe(x, [0, 1, 0, 1], { ...options, downTo })).toThrow(/1 to 1 features, got/);
    }
    expect(() => rfe(x, [0, 1, 0, 1], { ...options, c: 0 })).toThrow(/c above 0, got 0/);
  });
});
