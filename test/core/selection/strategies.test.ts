import { describe, expect, it } from 'vitest';
import { randomScores } from '../../../src/core/selection/random.ts';
import { MASK_STRATEGIES, fitStrategy, isMaskStrategy } from '../../../src/core/selection/strategies.ts';
import { gaussians, randomLabels } from '../random-data.ts';

const INPUT = { features: gaussians(40 * 6, 1), labels: randomLabels(40, 2, 2), count: 40, dim: 6 };

describe('fitStrategy', () => {
  it.each(MASK_STRATEGIES.filter((name) => name !== 'full'))(
    '%s keeps the k best-scored, ascending',
    (strategy) => {
      const { indices, scores, k } = fitStrategy(strategy, INPUT, { k: 3, seed: 0 });
      expect(k).toBe(3);
      expect(scores).toHaveLength(6);
      const worstKept = Math.min(...Array.from(indices, (index) => scores[index]));
      const dropped = [...scores].filter((_, index) => !indices.includes(index));
      expect(indices).toHaveLength(3);
      expect(Math.max(...dropped)).toBeLessThanOrEqual(worstKept);
      expect([...indices]).toEqual([...indices].sort((a, b) => a - b));
    },
  );

  it('full keeps every coordinate whatever k is, all scored alike', () => {
    const { indices, scores, k } = fitStrategy('full', INPUT, { k: 2, seed: 0 });
    expect(k).toBe(6);
    expect([...indices]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(scores)).toEqual(new Set([1]));
  });

  it('tells what the scores depend on, defaults included', () => {
    const paramsOf = (strategy: (typeof MASK_STRATEGIES)[number]) =>
      fitStrategy(strategy, INPUT, { k: 1, seed: 5 }).params;
    expect(paramsOf('mutual-information')).toEqual({ neighbours: 3, noise: true, seed: 5 });
    expect(paramsOf('random')).toEqual({ seed: 5 });
    expect(paramsOf('variance')).toEqual({});
  });

  it('rejects k beyond the features', () => {
    expect(() => fitStrategy('variance', INPUT, { k: 7, seed: 0 })).toThrow(/k from 0 to 6/);
  });
});

describe('isMaskStrategy', () => {
  it('knows its own names and no others', () => {
    expect(MASK_STRATEGIES.every(isMaskStrategy)).toBe(true);
    expect(['pca', '', 'Full', 'variance '].some(isMaskStrategy)).toBe(false);
  });
});

describe('randomScores', () => {
  it('repeats for a seed and picks every feature about equally often over seeds', () => {
    expect([...randomScores(5, 3)]).toEqual([...randomScores(5, 3)]);
    const counts = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 1000; seed++) {
      const scores = randomScores(10, seed);
      counts[scores.indexOf(Math.max(...scores))]++;
    }
    // Five standard deviations: sqrt(1000 · 0.09) ≈ 9.5.
    for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(48);
  });
});
