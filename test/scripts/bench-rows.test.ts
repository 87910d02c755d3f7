import { describe, expect, it } from 'vitest';
import type { BenchRow, Spread } from '../../bench/measure.ts';
import { benchRow, limitRow, spreadOf } from '../../bench/measure.ts';
import { environmentLine, observeEnvironment } from '../../bench/environment.ts';
import { benchMarkdown } from '../../bench/markdown.ts';
import { mergeRounds } from '../../bench/merge-rounds.ts';
import { benchTable, figureText } from '../../bench/table.ts';
import { ROOT } from '../docs/read-docs.ts';

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

  it('judges the target by the ratio or the median that it shows', () => {
    const merged = (ratios: readonly number[]): boolean | null =>
      mergeRounds(ratios.map((ratio) => [benchRow('sum', spreadOf([1]), rival(ratio), 2)]))[0].met;
    expect(merged([1, 3, 4])).toBe(true);
    expect(merged([1, 1.5, 4])).toBe(false);
    expect(merged([1, 3])).toBe(true);
    expect(merged([1, 2.9])).toBe(false);
    const limits = [40, 10, 20].map((size) => [limitRow('bundle', 'size', 'KB', spreadOf([size]), 30)]);
    expect(mergeRounds(limits)[0]).toMatchObject({ ours: { median: 20, min: 10, max: 40 }, met: true });
  });

  it('keeps metrics apart and rows that only some processes gave', () => {
    const time = benchRow('load', spreadOf([2]), null, null);
    const size: BenchRow = { ...time, metric: 'size', unit: 'KB' };
    expect(mergeRounds([[time], [time, size]])).toEqual([time, size]);
    expect(mergeRounds([[], []])).toEqual([]);
  });

  it('keeps rivals apart, and a limit from both: each has its own ratio, target and met', () => {
    const process = (matrix: number, yoga: number, bare: number): BenchRow[] => {
      const ours = spreadOf([matrix]);
      return [
        benchRow('matrix', ours, { name: 'yoga', ...spreadOf([yoga]) }, 0.8),
        benchRow('matrix', ours, { name: 'bare graphql', ...spreadOf([bare]) }, 0.8),
        limitRow('matrix', 'time', 'ms', ours, 20),
      ];
    };
    const shown = (rounds: readonly BenchRow[][]) =>
      mergeRounds(rounds).map(({ rival: other, ratio, target, met }) => [other?.name, ratio, target, met]);
    // One process is merged too, as `bench` does with each benchmark of a group.
    expect(shown([process(8, 10, 4)])).toEqual([
      ['yoga', 1.25, 0.8, true],
      ['bare graphql', 0.5, 0.8, false],
      [undefined, null, 20, true],
    ]);
    const rounds = [process(8, 10, 4), process(40, 40, 40), process(32, 16, 16)];
    expect(shown(rounds)).toEqual([
      ['yoga', 1, 0.8, true],
      ['bare graphql', 0.5, 0.8, false],
      [undefined, null, 20, false],
    ]);
    expect(mergeRounds(rounds)[1]).toMatchObject({
      ours: { median: 32, min: 8, max: 40 },
      rival: { name: 'bare graphql', median: 16, min: 4, max: 40 },
    });
  });

  it('keeps what ran without its rival apart from what ran beside it, and judges only the latter', () => {
    const without = benchRow('sum', spreadOf([2]), null, 2);
    const beside = benchRow('sum', spreadOf([2]), rival(6), 2);
    expect(mergeRounds([[without], [beside], [without]])).toEqual([without, beside]);
    expect(without.met).toBeNull();
  });

  it('refuses two rows of one name, metric and rival from one process', () => {
    const row = benchRow('sum', spreadOf([2]), rival(6), 2);
    expect(() => mergeRounds([[row], [row, row]])).toThrow(
      'expected one row of a name, metric and rival, got two of ["sum","time","ms","reduce"]',
    );
  });

  it('names every kernel that a rival ran on', () => {
    const rows = ['OpenBLAS 0.3.21 Haswell', 'OpenBLAS 0.3.21 SkylakeX', 'OpenBLAS 0.3.21 Haswell'].map(
      (kernel) => [benchRow('sum', spreadOf([1]), { ...rival(2), kernel }, null)],
    );
    expect(mergeRounds(rows)[0].rival?.kernel).toBe('OpenBLAS 0.3.21 Haswell or OpenBLAS 0.3.21 SkylakeX');
  });
});

describe('benchMarkdown', () => {
  it('gives each rival a row, and the line that says what the figures hold for', () => {
    const ours = spreadOf([5706]);
    const rows = [
      { ...benchRow('matrix', ours, { ...rival(6091), name: 'yoga' }, 0.8), unit: 'µs' },
      { ...benchRow('matrix', ours, { ...rival(2682), name: 'bare', kernel: 'K' }, 0.8), unit: 'µs' },
      limitRow('matrix', 'time', 'µs', ours, 5000),
    ];
    const environment = observeEnvironment(ROOT)();
    expect(benchMarkdown(rows, environment).split('\n')).toEqual([
      '| what   | metric | ours     | rival          | ratio | target      |',
      '| ------ | ------ | -------- | -------------- | ----- | ----------- |',
      '| matrix | time   | 5,706 µs | 6,091 µs, yoga | 1.07  | 0.8 met     |',
      '| matrix | time   | 5,706 µs | 2,682 µs, bare | 0.47  | 0.8 missed  |',
      '| matrix | time   | 5,706 µs | -              | -     | 5000 missed |',
      '',
      environmentLine(environment, rows),
      '',
    ]);
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
