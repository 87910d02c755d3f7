import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { settleItems } from '../../src/use-cases/settle.ts';

const refusal = new AppError('BAD_VECTOR', 'not this one');

describe('settleItems', () => {
  it('is no promise where no item is one, also for no items', () => {
    expect(settleItems([1, 2], (item) => 2 * item)).toEqual([2, 4]);
    expect(settleItems([], () => 1)).toEqual([]);
  });

  it('keeps the order of items that are there and items that come later or fail', async () => {
    const work = (item: number): number | Promise<number> =>
      item === 1 ? Promise.reject(refusal) : item === 2 ? Promise.resolve(20) : item;
    expect(await settleItems([0, 1, 2, 3, 1], work)).toEqual([0, refusal, 20, 3, refusal]);
  });

  it('throws a bug on, and leaves no rejection behind', async () => {
    const work = (item: number): number | Promise<number> =>
      item === 0 ? 0 : Promise.reject(new Error(`bug ${item}`));
    await expect(settleItems([0, 1, 2], work)).rejects.toThrow('bug 1');
  });
});
