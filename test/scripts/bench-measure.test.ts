import { describe, expect, it } from 'vitest';
import {
  assertSink,
  benchRow,
  measurePair,
  measurePairAsync,
  onCurve,
  spreadOf,
} from '../../bench/measure.ts';

describe('spreadOf', () => {
  it('takes the middle value, or the mean of the middle two', () => {
    expect(spreadOf([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
    expect(spreadOf([10, 1, 9, 2])).toEqual({ median: 5.5, min: 1, max: 10 });
    expect(spreadOf([3])).toEqual({ median: 3, min: 3, max: 3 });
  });

  it('sorts by value, not by the digits', () => {
    expect(spreadOf([100, 9, 20]).median).toBe(20);
  });
});

describe('measurePair', () => {
  /** One round to warm up, then three that count, of which the second is turned round. */
  const ORDER = ['ours', 'rival', 'ours', 'rival', 'rival', 'ours', 'ours', 'rival'];

  it('warms both up, then reverses their order every other round', () => {
    const calls: string[] = [];
    const { ours, rival } = measurePair(
      3,
      () => calls.push('ours'),
      () => calls.push('rival'),
    );
    expect(calls).toEqual(ORDER);
    for (const { median, min, max } of [ours, rival]) {
      expect(min).toBeGreaterThanOrEqual(0);
      expect(median).toBeGreaterThanOrEqual(min);
      expect(max).toBeGreaterThanOrEqual(median);
    }
  });

  it('waits for each before the other begins', async () => {
    const calls: string[] = [];
    const side = (name: string) => async () => {
      const before = calls.length;
      await Promise.resolve();
      expect(calls).toHaveLength(before);
      return calls.push(name);
    };
    await measurePairAsync(3, side('ours'), side('rival'));
    expect(calls).toEqual(ORDER);
  });
});

describe('benchRow', () => {
  const ours = spreadOf([2]);

  it('divides the median of the rival by ours', () => {
    const row = benchRow('sum', ours, { name: 'reduce', ...spreadOf([7]) }, 3);
    expect(row).toMatchObject({ metric: 'time', unit: 'ms', ratio: 3.5, target: 3, met: true });
    expect(benchRow('sum', ours, { name: 'reduce', ...spreadOf([5]) }, 3).met).toBe(false);
  });

  it('says nothing about the target where the rival did not run', () => {
    expect(benchRow('sum', ours, null, 3)).toMatchObject({ ratio: null, target: 3, met: null });
  });

  it('becomes a point of a curve without losing anything', () => {
    const row = benchRow('sum', ours, null, null);
    const series = { chart: 'sums', name: 'ours', x: 10, xUnit: 'numbers' };
    expect(onCurve(row, series)).toEqual({ ...row, series });
  });
});

// Last: the sink is one for the whole file and stays NaN.
describe('assertSink', () => {
  it('notices a timed function that gave NaN', () => {
    expect(assertSink).not.toThrow();
    measurePair(
      1,
      () => 0,
      () => Number.NaN,
    );
    expect(assertSink).toThrow('a timed function returned NaN');
  });
});
