import { describe, expect, it } from 'vitest';
import type { BenchRow, Spread } from '../../bench/measure.ts';
import { benchRow, limitRow, spreadOf } from '../../bench/measure.ts';
import { mergeRounds } from '../../bench/merge-rounds.ts';
import { benchTable, figureText } from '../../bench/table.ts';

const rival = (...times: number[]): Spread & { name: string } => ({ name: 'reduce', ...spreadOf(times) });

describe('mergeRounds', () => {
  it('takes the median of medians, the least and the most, and the median of the ratios', () => {
    const rounds = [
      [benchRow('sum', spreadOf([1, 2, 3]), rival(4), 2)],
      [benchRow('sum', spreadOf([8, 9, 10]), rival(90), 2)],
      [benchRow('sum', spreadOf([4, 5, 6]), rival(15), 2)],
    ];
    expect(mergeRounds(rounds)).toEqual([
      {
        ...benchRow(
          'sum',
          { median: 5, min: 1, max: 10 },
          { name: 'reduce', median: 15, min: 4, max: 90 },
          2,
        ),
        // Of 2, 10 and 3; the ratio of the medians happens to be the same.
        ratio: 3,
      },
    ]);
  });

  it('judges the target as the process in the middle did', () => {
    const merged = (ratios: readonly number[]): boolean | null =>
      mergeRounds(ratios.map((ratio) => [benchRow('sum', spreadOf([1]), rival(ratio), 2)]))[0].met;
    expect(merged([1, 3, 4])).toBe(true);
    expect(merged([1, 1.5, 4])).toBe(false);
    expect(merged([1, 3])).toBe(false);
    const limits = [40, 10, 20].map((size) => [limitRow('bundle', 'size', 'KB', spreadOf([size]), 30)]);
    expect(mergeRounds(limits)[0]).toMatchObject({ ours: { median: 20, min: 10, max: 40 }, met: true });
  });

  it('keeps metrics apart and rows that only some processes gave', () => {
    const time = benchRow('load', spreadOf([2]), null, null);
    const size: BenchRow = { ...time, metric: 'size', unit: 'KB' };
    expect(mergeRounds([[time], [time, size]])).toEqual([time, size]);
    expect(mergeRounds([[], []])).toEqual([]);
  });

  it('knows the rival of the processes in which it ran', () => {
    const without = [benchRow('sum', spreadOf([2]), null, 2)];
    const merged = mergeRounds([without, [benchRow('sum', spreadOf([2]), rival(6), 2)], without]);
    expect(merged).toEqual([benchRow('sum', spreadOf([2]), rival(6), 2)]);
  });
});

describe('benchTable', () => {
  it('aligns columns and leaves out what is not there', () => {
    const rows = [
      benchRow('sum of ten', spreadOf([1.234]), rival(2.468), 1.5),
      limitRow('bundle', 'size', 'KB', spreadOf([120]), 100),
    ];
    expect(benchTable(rows).split('\n')).toEqual([
      'name        metric  unit  ours                 rival                     ratio  target',
      'sum of ten  time    ms    1.23 (1.23-1.23)     reduce  2.47 (2.47-2.47)  2.00   1.5 met',
      'bundle      size    KB    120.0 (120.0-120.0)  -                         -      100 missed',
      '',
    ]);
  });

  it('shows small figures with two digits that count', () => {
    expect([0, 0.000_123, 0.5, 1.25, 12.34, 999.9, 1234.5].map(figureText)).toEqual([
      '0',
      '0.00012',
      '0.5',
      '1.25',
      '12.3',
      '999.9',
      '1235',
    ]);
  });
});
