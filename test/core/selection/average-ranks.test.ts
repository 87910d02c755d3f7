import { describe, expect, it } from 'vitest';
import { averageRanks } from '../../../src/core/selection/average-ranks.ts';
import { columnVariances } from '../../../src/core/selection/univariate/variance.ts';
import { gaussians, randomLabels } from '../random-data.ts';

const COUNT = 60;
const DIM = 5;
const INPUT = {
  features: gaussians(COUNT * DIM, 1),
  labels: randomLabels(COUNT, 2, 2),
  count: COUNT,
  dim: DIM,
};

describe('averageRanks', () => {
  it('gives dim to a feature that is best in every subsample, and 1 to one that is always last', () => {
    const { scores, frequency } = averageRanks(INPUT, { rounds: 4, seed: 0, k: 2 }, () =>
      Float64Array.of(3, 9, 5, 1, NaN),
    );
    expect([...scores]).toEqual([3, 5, 4, 2, 1]);
    expect([...frequency]).toEqual([0, 1, 1, 0, 0]);
  });

  it('draws 63.2% of the rows without repetition, other ones each round, labels with them', () => {
    const drawn: string[] = [];
    averageRanks(INPUT, { rounds: 3, seed: 5, k: 2 }, (sample) => {
      expect(sample.count).toBe(Math.round(COUNT * (1 - Math.exp(-1))));
      const rows = Array.from({ length: sample.count }, (_, i) => {
        const row = INPUT.features.indexOf(sample.features[i * DIM]) / DIM;
        expect(sample.labels[i]).toBe(INPUT.labels[row]);
        return row;
      });
      expect(new Set(rows).size).toBe(sample.count);
      drawn.push(rows.join());
      return columnVariances(sample.features, DIM);
    });
    expect(new Set(drawn).size).toBe(3);
  });

  it('keeps the rows of a group together', () => {
    const groups = Int32Array.from({ length: COUNT }, (_, row) => row % 10);
    averageRanks({ ...INPUT, groups }, { rounds: 3, seed: 1, k: 2 }, (sample) => {
      const rows = Array.from(
        { length: sample.count },
        (_, i) => INPUT.features.indexOf(sample.features[i * DIM]) / DIM,
      );
      const present = new Set(rows.map((row) => groups[row]));
      expect(sample.count).toBe(6 * present.size);
      expect(present.size).toBe(6);
      return columnVariances(sample.features, DIM);
    });
  });

  it('repeats for a seed and refuses no rounds', () => {
    const run = (seed: number) =>
      averageRanks(INPUT, { rounds: 3, seed, k: 2 }, (sample) => columnVariances(sample.features, DIM));
    expect(run(4)).toEqual(run(4));
    expect(() => averageRanks(INPUT, { rounds: 0, seed: 0, k: 2 }, () => new Float64Array(DIM))).toThrow(
      /at least 1 round/,
    );
  });
});
