import { describe, expect, it } from 'vitest';
import { NEAR_DUPLICATE_COSINE, nearDuplicates } from '../../../src/core/evaluation/near-duplicates.ts';
import type { PairSet } from '../../../src/core/pairs/pair-set.ts';
import { normalizeRows } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

const DIM = 32;

/** As many images as texts, all of them far from each other. */
function farPairs(count: number): PairSet {
  const rows = Uint32Array.from({ length: count }, (_, i) => i);
  const [imageEmbeddings, textEmbeddings] = [1, 2].map((seed) => {
    const embeddings = Float32Array.from(gaussians(count * DIM, seed));
    normalizeRows(embeddings, DIM);
    return embeddings;
  });
  const groups = Int32Array.from(rows);
  return { dim: DIM, imageEmbeddings, textEmbeddings, imageRows: rows, textRows: rows, groups };
}

/** Row `to` becomes row `from`, a little turned. @param turn 0.1: a cosine of about .995 */
function nearlyCopy(embeddings: Float32Array, from: number, to: number, turn: number): void {
  const noise = Float32Array.from(gaussians(DIM, 100 + to));
  normalizeRows(noise, DIM);
  for (let i = 0; i < DIM; i++) embeddings[to * DIM + i] = embeddings[from * DIM + i] + turn * noise[i];
  normalizeRows(embeddings.subarray(to * DIM, (to + 1) * DIM), DIM);
}

describe('nearDuplicates', () => {
  it('finds pictures of different groups that are all but the same, nearest first, and no captions', () => {
    const set = farPairs(200);
    nearlyCopy(set.imageEmbeddings, 150, 3, 0.1);
    nearlyCopy(set.imageEmbeddings, 7, 90, 0.01);
    nearlyCopy(set.imageEmbeddings, 20, 60, 0.5);
    const found = nearDuplicates(set, 'image', 0);
    expect(found).toMatchObject({ count: 2, rows: 200, lookedAt: 200 });
    expect(found.nearest.map(({ pairs }) => pairs)).toEqual([
      [7, 90],
      [3, 150],
    ]);
    expect(found.nearest[0].cosine).toBeGreaterThan(0.9999);
    expect(found.nearest[1].cosine).toBeGreaterThan(NEAR_DUPLICATE_COSINE);
    expect(nearDuplicates(set, 'text', 0).count).toBe(0);
  });

  it('leaves alone what is of one group', () => {
    const set = farPairs(20);
    nearlyCopy(set.textEmbeddings, 4, 5, 0.01);
    expect(nearDuplicates(set, 'text', 0).count).toBe(1);
    set.groups[5] = 4;
    expect(nearDuplicates(set, 'text', 0).count).toBe(0);
  });

  it('names the ten nearest of many, and compares 5,000 of more rows', () => {
    const set = farPairs(5_040);
    for (let row = 1; row < 60; row++) nearlyCopy(set.imageEmbeddings, 0, row, 0.02);
    const found = nearDuplicates(set, 'image', 0);
    expect(found).toMatchObject({ rows: 5_040, lookedAt: 5_000 });
    expect(found.nearest).toHaveLength(10);
    // Each of 60 rows is left out at 40 in 5,040: a pair or two of them at most would be no accident below this.
    expect(found.count).toBeGreaterThan(1_500);
    const cosines = found.nearest.map(({ cosine }) => cosine);
    expect(cosines).toEqual(cosines.toSorted((a, b) => b - a));
  });
});
