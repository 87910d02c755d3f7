import { describe, expect, it } from 'vitest';
import { cutRanges, shared, withPool } from '../../scripts/parallel/pool.ts';
import { mutualInformationOn, randomForestOn } from '../../scripts/parallel/strategies.ts';
import { mutualInformation } from '../../src/core/selection/information/mutual-information.ts';
import { randomForest } from '../../src/core/selection/forest/random-forest.ts';
import { gaussians, randomLabels } from '../core/random-data.ts';

const COUNT = 80;
const DIM = 11;
const features = gaussians(COUNT * DIM, 1);
const labels = randomLabels(COUNT, 3, 2);
const OPTIONS = { count: COUNT, dim: DIM, seed: 4 };

describe('a pool of threads', () => {
  it.each([1, 2, 3])('gives the numbers of one thread to the bit, on %i', async (threads) => {
    await withPool(threads, async (pool) => {
      const information = { ...OPTIONS, permutations: 2 };
      expect(await mutualInformationOn(pool, features, labels, information)).toEqual(
        mutualInformation(features, labels, information),
      );
      for (const importance of ['impurity', 'permutation'] as const) {
        const forest = { ...OPTIONS, trees: 7, importance };
        expect(await randomForestOn(pool, features, labels, forest)).toEqual(
          randomForest(features, labels, forest),
        );
      }
    });
  });

  it.each([1, 2])(
    'throws what a task throws, of its own class, after all have ended: %i threads',
    async (threads) => {
      const input = (dim: number) => ({ features: shared(features), labels, options: { ...OPTIONS, dim } });
      let done = 0;
      const run = withPool(threads, (pool) =>
        pool.runAll('informationOfColumns', [input(DIM + 1), input(DIM), input(DIM)], () => done++),
      );
      await expect(run).rejects.toThrow(RangeError);
      await expect(run).rejects.toThrow(/80×12/);
      expect(done).toBe(threads === 1 ? 0 : 2);
    },
  );

  it('keeps results in the order asked for', async () => {
    const ranges = cutRanges(DIM, 4);
    const parts = await withPool(2, (pool) =>
      pool.runAll(
        'informationOfColumns',
        ranges.map((columns) => ({ features, labels, options: { ...OPTIONS, columns } })),
      ),
    );
    expect(parts.map((part) => part.length)).toEqual(ranges.map(([from, to]) => to - from));
    expect(parts.flatMap((part) => [...part])).toEqual([...mutualInformation(features, labels, OPTIONS)]);
  });
});

describe('cutRanges', () => {
  it('covers everything once, in parts of about equal size', () => {
    expect(cutRanges(10, 3)).toEqual([
      [0, 3],
      [3, 6],
      [6, 10],
    ]);
    expect(cutRanges(2, 8)).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });
});

describe('shared', () => {
  it('keeps class and numbers, in memory that threads share', () => {
    for (const numbers of [Float32Array.of(1.5, -2), Float64Array.of(0.1)]) {
      const copy = shared(numbers);
      expect(copy).toEqual(numbers);
      expect(copy.constructor).toBe(numbers.constructor);
      expect(copy.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });
});
