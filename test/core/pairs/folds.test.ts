import { describe, expect, it } from 'vitest';
import { groupedFolds, randomNegatives, remainingRows } from '../../../src/core/pairs/folds.ts';
import { hardNegatives } from '../../../src/core/pairs/hard-negatives.ts';
import { createRandom } from '../../../src/core/random.ts';
import { dot } from '../../../src/core/vector.ts';
import { gaussians, randomLabels } from '../random-data.ts';

describe('groupedFolds', () => {
  it('holds out every row once, whole groups together, in folds of nearly one size', () => {
    const groups = randomLabels(503, 100, 1);
    const folds = groupedFolds(groups, 5, 2);
    expect([...folds.flatMap((rows) => [...rows])].sort((a, b) => a - b)).toEqual(
      Array.from(groups, (_, row) => row),
    );
    const foldOfGroup = new Map<number, number>();
    folds.forEach((rows, fold) => {
      expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
      for (const row of rows) {
        expect(foldOfGroup.get(groups[row]) ?? fold).toBe(fold);
        foldOfGroup.set(groups[row], fold);
      }
    });
    // Groups of about five rows: sizes differ by at most one large group.
    const sizes = folds.map((rows) => rows.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(13);
  });

  it('splits single rows evenly', () => {
    const folds = groupedFolds(
      Int32Array.from({ length: 103 }, (_, i) => i),
      5,
      0,
    );
    expect(folds.map((rows) => rows.length).sort()).toEqual([20, 20, 21, 21, 21]);
  });

  it('repeats for a seed and changes with it', () => {
    const groups = Int32Array.from({ length: 40 }, (_, i) => i);
    expect(groupedFolds(groups, 4, 1)).toEqual(groupedFolds(groups, 4, 1));
    expect(groupedFolds(groups, 4, 1)).not.toEqual(groupedFolds(groups, 4, 2));
  });

  it('rejects one fold, and more folds than groups', () => {
    expect(() => groupedFolds(Int32Array.of(0, 1), 1, 0)).toThrow(/at least 2 folds/);
    expect(() => groupedFolds(Int32Array.of(0, 0, 1), 3, 0)).toThrow(/at least 3 groups for 3 folds, got 2/);
  });
});

describe('remainingRows', () => {
  it('is the complement, ascending', () => {
    expect([...remainingRows(6, Uint32Array.of(0, 3, 5))]).toEqual([1, 2, 4]);
    expect([...remainingRows(2, new Uint32Array(0))]).toEqual([0, 1]);
    expect([...remainingRows(2, Uint32Array.of(0, 1))]).toEqual([]);
  });
});

describe('randomNegatives', () => {
  it('draws from the rows that take part, never of the same group, evenly', () => {
    const groups = Int32Array.of(0, 0, 1, 2, 3, 9);
    const rows = Uint32Array.of(0, 1, 2, 3, 4);
    const random = createRandom(1);
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 3000; i++) {
      const partners = randomNegatives(rows, groups, random);
      expect(partners.some((partner, at) => groups[partner] === groups[rows[at]])).toBe(false);
      counts[partners[0]]++;
    }
    expect(counts[5]).toBe(0);
    // Three candidates for row 0, 1000 each; five standard deviations of 26.
    for (const row of [2, 3, 4]) expect(Math.abs(counts[row] - 1000)).toBeLessThan(130);
  });

  it('rejects rows of one group only, and no rows', () => {
    expect(() => randomNegatives(Uint32Array.of(0, 1), [4, 4], createRandom(0))).toThrow(/2 groups/);
    expect(() => randomNegatives(new Uint32Array(0), [], createRandom(0))).toThrow(/2 groups/);
  });
});

describe('hardNegatives', () => {
  const dim = 6;
  const textEmbeddings = Float32Array.from(gaussians(30 * dim, 5));
  const textRows = Uint32Array.from({ length: 40 }, (_, i) => i % 30);
  const set = {
    dim,
    imageEmbeddings: textEmbeddings,
    textEmbeddings,
    imageRows: textRows,
    textRows,
    groups: Int32Array.from(textRows, (row) => row >> 1),
  };

  it('takes the nearest caption of another group among the pairs that take part', () => {
    const pairs = Uint32Array.from({ length: 30 }, (_, i) => i + 5);
    hardNegatives(set, pairs).forEach((partner, i) => {
      const similarity = (other: number) =>
        dot(textEmbeddings, textRows[pairs[i]] * dim, textEmbeddings, textRows[other] * dim, dim);
      const others = [...pairs].filter((other) => set.groups[other] !== set.groups[pairs[i]]);
      expect(others).toContain(partner);
      expect(similarity(partner)).toBe(Math.max(...others.map(similarity)));
    });
  });

  it('rejects pairs of one group', () => {
    expect(() => hardNegatives(set, Uint32Array.of(0, 1))).toThrow(/2 groups/);
  });
});
