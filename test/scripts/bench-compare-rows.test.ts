import { describe, expect, it } from 'vitest';
import { compareRounds } from '../../bench/compare-rows.ts';
import type { BenchRow } from '../../bench/measure.ts';
import { benchRow, limitRow, spreadOf } from '../../bench/measure.ts';

const rounds = (values: readonly number[], unit = 'ms'): BenchRow[][] =>
  values.map((value) => [limitRow('sum', 'time', unit, spreadOf([value]), null)]);

const compare = (old: readonly number[], current: readonly number[], unit?: string) =>
  compareRounds(rounds(old, unit), rounds(current, unit)).rows[0];

describe('compareRounds', () => {
  it('divides new by old within a round, and takes the noise from one side in successive processes', () => {
    // In time: old 100, new 50, new 60, old 100, old 125, new 50. Successive: new 50-60, old 100-125.
    const row = compare([100, 100, 125], [50, 60, 50]);
    expect(row.ratio).toEqual({ median: 0.5, min: 0.4, max: 0.6 });
    expect(row.noise).toBeCloseTo(0.25, 12);
    expect(row.verdict).toBe('faster');
    expect(row.old).toEqual({ median: 100, min: 100, max: 125 });
  });

  it('gives no verdict inside of the noise, in either direction', () => {
    expect(compare([100, 100, 120, 100], [110, 100, 110, 115]).verdict).toBe('within noise');
    expect(compare([100, 100], [100, 100])).toMatchObject({ noise: 0, verdict: 'within noise' });
    // Half as long and twice as long are equally far from 1.
    expect(compare([10, 10], [5, 10]).noise).toBe(1);
    expect(compare([10, 10], [10, 5]).noise).toBe(1);
  });

  it('calls times faster or slower, and all else less or more', () => {
    const verdict = (old: number, current: number, unit: string): string =>
      compare([old, old], [current, current], unit).verdict;
    expect(verdict(1, 2, 'µs')).toBe('slower');
    expect(verdict(2, 1, 's')).toBe('faster');
    expect(verdict(1, 2, 'requests/s')).toBe('more');
    expect(verdict(2, 1, 'MB')).toBe('less');
  });

  it('takes two zeros for equal and something over nothing for infinite', () => {
    expect(compare([0, 0], [0, 0])).toMatchObject({ ratio: { median: 1 }, verdict: 'within noise' });
    expect(compare([0, 0], [3, 3])).toMatchObject({ ratio: { median: Infinity }, verdict: 'slower' });
  });

  it('tells a row that one side did not give in every round', () => {
    const [first, ...others] = rounds([1, 2, 3]);
    expect(compareRounds([first, ...others], [first, [], []])).toEqual({
      rows: [],
      missing: [{ name: 'sum', metric: 'time', rival: null, side: 'new' }],
    });
  });

  it('compares what took turns with one rival apart from what took turns with another', () => {
    const process = (besideTwin: number, besideUsearch: number): BenchRow[] => [
      benchRow('search', spreadOf([besideTwin]), { name: 'twin', ...spreadOf([50]) }, 4),
      benchRow('search', spreadOf([besideUsearch]), { name: 'usearch', ...spreadOf([9]) }, 0.5),
      limitRow('search', 'time', 'ms', spreadOf([besideTwin]), 10),
    ];
    const comparison = compareRounds([process(4, 8), process(4, 8)], [process(4, 2), process(4, 2)]);
    expect(comparison.missing).toEqual([]);
    expect(comparison.rows.map(({ rival, ratio, verdict }) => [rival, ratio.median, verdict])).toEqual([
      ['twin', 1, 'within noise'],
      ['usearch', 0.25, 'faster'],
      [null, 1, 'within noise'],
    ]);
  });

  it('takes none of two rows that cannot be told apart', () => {
    const [[row]] = rounds([1]);
    expect(
      compareRounds(
        [
          [row, row],
          [row, row],
        ],
        [[row], [row]],
      ),
    ).toEqual({
      rows: [],
      missing: [{ name: 'sum', metric: 'time', rival: null, side: 'old' }],
    });
  });
});
