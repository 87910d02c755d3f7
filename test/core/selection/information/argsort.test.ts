import { describe, expect, it } from 'vitest';
import { argsort, createArgsort } from '../../../../src/core/selection/information/argsort.ts';
import { gaussians } from '../../random-data.ts';

/** Columns that take either way through the sort. */
const COLUMNS: readonly [string, Float64Array][] = [
  ['normals', gaussians(1000, 1)],
  ['equal values', gaussians(500, 2).map(Math.round)],
  ['one value', new Float64Array(40).fill(-3.5)],
  ['two far clusters', gaussians(600, 3).map((x, i) => (i % 2 === 0 ? 1e9 : -1e9) + x)],
  ['one outlier', gaussians(600, 4).map((x, i) => (i === 300 ? 1e12 : x))],
  ['magnitudes from 1e-300 to 1e300', gaussians(600, 5).map((x, i) => x * 10 ** (i - 300))],
  ['a range beyond float64', Float64Array.of(1.7e308, 0, -1.7e308, 5e-324, -5e-324)],
  ['zeros of either sign', Float64Array.of(0, -0, 1, -0, 0, -1)],
  ['one', Float64Array.of(7)],
  ['none', new Float64Array(0)],
];

describe('argsort', () => {
  it.each(COLUMNS)('sorts ascending and says where each value was: %s', (_, values) => {
    const before = values.slice();
    const sort = createArgsort(values.length);
    argsort(values, sort);
    // Which zero comes first is open.
    expect(Array.from(sort.sorted, (x) => x + 0)).toEqual(Array.from(before.toSorted(), (x) => x + 0));
    expect(Array.from(sort.order, (index) => values[index] + 0)).toEqual(
      Array.from(sort.sorted, (x) => x + 0),
    );
    expect([...sort.order.toSorted()]).toEqual(Array.from(values, (_, i) => i));
    expect([...values]).toEqual([...before]);
  });

  it('sorts one column after another in the same room', () => {
    const sort = createArgsort(300);
    for (const seed of [6, 7, 8]) {
      const values = gaussians(300, seed).map((x) => (seed === 7 ? Math.sign(x) : x));
      argsort(values, sort);
      expect([...sort.sorted]).toEqual([...values.toSorted()]);
    }
  });
});
