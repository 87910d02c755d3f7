import { describe, expect, it } from 'vitest';
import { randomScores } from '../../../src/core/selection/random.ts';
import type { MaskFit, ScoringParams } from '../../../src/core/selection/strategies.ts';
import { keepBest, scoreFeatures } from '../../../src/core/selection/strategies.ts';
import {
  MAP_STRATEGIES,
  MASK_STRATEGIES,
  parseStrategy,
} from '../../../src/core/selection/strategy-names.ts';
import { columnVariances } from '../../../src/core/selection/univariate/variance.ts';
import { gaussians, randomLabels } from '../random-data.ts';

const COUNT = 60;
const DIM = 8;
const labels = randomLabels(COUNT, 2, 2);
/** Feature j carries a signal of strength j / 8 and is spread by 1 + j. */
const features = gaussians(COUNT * DIM, 1).map(
  (x, i) => (1 + (i % DIM)) * (x + ((i % DIM) / 8) * labels[Math.floor(i / DIM)]),
);
const INPUT = { features, labels, count: COUNT, dim: DIM };

function fit(name: string, params: Partial<ScoringParams> = {}, input = INPUT): MaskFit {
  const spec = parseStrategy(name);
  const { k = 3 } = params;
  return keepBest(spec, scoreFeatures(spec, input, { seed: 0, ...params, k }), k);
}

describe('keepBest of scoreFeatures', () => {
  it.each(MASK_STRATEGIES.filter((name) => name !== 'full'))(
    '%s keeps the k best-scored, ascending',
    (name) => {
      const { strategy, indices, scores, k } = fit(name);
      expect([strategy, k]).toEqual([name, 3]);
      expect(scores).toHaveLength(DIM);
      const worstKept = Math.min(...Array.from(indices, (index) => scores[index]));
      const dropped = [...scores].filter((score, index) => !indices.includes(index) && !Number.isNaN(score));
      expect(indices).toHaveLength(3);
      expect(Math.max(...dropped)).toBeLessThanOrEqual(worstKept);
      expect([...indices]).toEqual([...indices].sort((a, b) => a - b));
    },
  );

  it.each(MASK_STRATEGIES.filter((name) => name !== 'full'))('%s nests its masks', (name) => {
    let smaller: Uint32Array = new Uint32Array();
    for (let k = 1; k <= DIM; k++) {
      const { indices } = fit(name, { k });
      expect(
        [...smaller].every((index) => indices.includes(index)),
        `${k}`,
      ).toBe(true);
      smaller = indices;
    }
  });

  it('full keeps every coordinate whatever k is, all scored alike', () => {
    const { indices, scores, k } = fit('full', { k: 2 });
    expect(k).toBe(DIM);
    expect([...indices]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(scores)).toEqual(new Set([1]));
  });

  it('tells what the scores depend on, defaults included', () => {
    const paramsOf = (name: string) => fit(name, { k: 1, seed: 5 }).params;
    expect(paramsOf('mutual-information')).toEqual({ neighbours: 3, noise: true, seed: 5 });
    expect(paramsOf('mutual-information-binned')).toEqual({ bins: 16, binning: 'equal-width' });
    expect(paramsOf('chi-square')).toEqual({ scaled: true });
    expect(paramsOf('random-forest')).toEqual({ trees: 100, importance: 'impurity', seed: 5 });
    expect(paramsOf('rfe')).toEqual({ step: 1, c: 1 });
    expect(paramsOf('random')).toEqual({ seed: 5 });
    expect(paramsOf('variance')).toEqual({});
  });

  it('gives p-values with the tests that have them', () => {
    expect(fit('f-statistic').pValues).toHaveLength(DIM);
    expect(fit('chi-square').pValues).toHaveLength(DIM);
    expect(fit('variance').pValues).toBeUndefined();
  });

  it('rejects k beyond the features', () => {
    expect(() => fit('variance', { k: 9 })).toThrow(/k from 0 to 8/);
  });

  it.each(MAP_STRATEGIES)('rejects %s, which gives no mask', (name) => {
    expect(() => fit(name)).toThrow(/linear map/);
  });

  it.each(['l1-logistic', 'rfe'])('%s refuses three classes by name, the others take them', (name) => {
    const three = { ...INPUT, labels: randomLabels(COUNT, 3, 4) };
    expect(() => fit(name, {}, three)).toThrow(/2 classes|two classes/);
    for (const other of ['mutual-information', 'f-statistic', 'chi-square', 'random-forest', 'mrmr']) {
      expect(fit(other, {}, three).indices).toHaveLength(3);
    }
  });
});

describe('a prefilter', () => {
  const variances = columnVariances(features, DIM);
  const threshold = [...variances].sort((a, b) => a - b)[3];

  it('leaves features whose variance is strictly above the threshold; others are undefined', () => {
    const { scores, params } = fit(`variance:${threshold}+f-statistic`);
    const undefinedOnes = [...scores.keys()].filter((index) => Number.isNaN(scores[index]));
    expect(undefinedOnes).toEqual([...variances.keys()].filter((index) => variances[index] <= threshold));
    expect(params).toEqual({ prefiltered: 4 });
  });

  it('does not change the scores of what it leaves', () => {
    const plain = fit('f-statistic').scores;
    const filtered = fit(`variance:${threshold}+f-statistic`).scores;
    filtered.forEach((score, index) => {
      if (!Number.isNaN(score)) expect(score).toBe(plain[index]);
    });
  });

  it('keeps the best so many of a strategy, one behind the other', () => {
    const { scores } = fit('variance:0+f-statistic:4+mutual-information');
    const best = fit('f-statistic', { k: 4 }).indices;
    expect([...scores.keys()].filter((index) => !Number.isNaN(scores[index]))).toEqual([...best]);
  });

  it('refuses a k beyond what it leaves, and leaving nothing', () => {
    expect(() => fit(`variance:${threshold}+f-statistic`, { k: 5 })).toThrow(/at most the 4 features/);
    expect(() => fit('variance:1e9+f-statistic')).toThrow(/leaves a feature/);
  });
});

describe('bootstrap', () => {
  it('averages ranks and says how often each feature is kept', () => {
    const { scores, frequency, params } = fit('f-statistic', { bootstrap: 20, seed: 1 });
    expect(params).toEqual({ bootstrap: 20, seed: 1 });
    expect([...(frequency ?? [])].reduce((sum, share) => sum + share, 0)).toBeCloseTo(3, 12);
    // The strongest signal is nearly always among the best three of eight.
    expect(frequency?.[7]).toBeGreaterThan(0.8);
    expect(Math.max(...scores)).toBeLessThanOrEqual(DIM);
  });

  it('holds rows of every class in every subsample, however rare', () => {
    const rare = { ...INPUT, labels: Int32Array.from({ length: COUNT }, (_, i) => (i < 3 ? 1 : 0)) };
    expect(fit('f-statistic', { bootstrap: 50 }, rare).indices).toHaveLength(3);
  });

  it('keeps the relevance on all rows beside the mean ranks', () => {
    expect(fit('f-statistic', { bootstrap: 5 }).relevance).toEqual(fit('f-statistic').scores);
  });

  it('is steadier than single subsamples', () => {
    const kept = (bootstrap: number, half: number) => {
      const rows = COUNT / 2;
      const part = {
        features: features.slice(half * rows * DIM, (half + 1) * rows * DIM),
        labels: labels.slice(half * rows, (half + 1) * rows),
        count: rows,
        dim: DIM,
      };
      return fit('f-statistic', { bootstrap }, part).indices;
    };
    const shared = (a: Uint32Array, b: Uint32Array) => [...a].filter((index) => b.includes(index)).length;
    expect(shared(kept(30, 0), kept(30, 1))).toBeGreaterThanOrEqual(shared(kept(0, 0), kept(0, 1)));
  });

  it('leaves random and full alone', () => {
    expect(fit('random', { bootstrap: 5 }).params).toEqual({ seed: 0 });
    expect(fit('full', { bootstrap: 5 }).params).toEqual({});
  });
});

describe('scoreFeatures', () => {
  it.each(MASK_STRATEGIES)('%s gives the same scores for the same seed', (name) => {
    const run = () => scoreFeatures(parseStrategy(name), INPUT, { k: 3, seed: 9 }).scores;
    expect(run()).toEqual(run());
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
