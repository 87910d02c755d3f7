import { describe, expect, it } from 'vitest';
import { occlusionHeat, planOcclusion } from '../../../src/core/regions/occlusion.ts';

describe('planOcclusion', () => {
  it('covers every cell within the budget', () => {
    for (const budget of [4, 16, 48, 49, 1000]) {
      const plan = planOcclusion(budget, 14);
      const covered = new Set<number>();
      for (const { top, left, bottom, right } of plan.windows) {
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) covered.add(row * plan.columns + column);
        }
      }
      expect(plan.windows.length).toBeLessThanOrEqual(budget);
      expect(covered.size).toBe(plan.rows * plan.columns);
    }
  });

  it('makes the finest square grid that the budget allows', () => {
    expect(planOcclusion(48, 14)).toMatchObject({ rows: 6, columns: 6 });
    expect(planOcclusion(49, 14)).toMatchObject({ rows: 7, columns: 7 });
    expect(planOcclusion(1000, 14)).toMatchObject({ rows: 14, columns: 14 });
  });

  it('refuses a budget that tells nothing apart', () => {
    expect(() => planOcclusion(3, 14)).toThrow('expected a budget of at least 4 pictures, got 3');
  });
});

describe('occlusionHeat', () => {
  it('gives each cell what the score falls by when it is covered', () => {
    const plan = planOcclusion(4, 2);
    expect([...occlusionHeat(plan, 0.5, Float64Array.of(0.25, 0.5, 0.75, 0))]).toEqual([0.25, 0, -0.25, 0.5]);
  });

  it('refuses scores of another number', () => {
    expect(() => occlusionHeat(planOcclusion(4, 2), 0.5, new Float64Array(3))).toThrow(
      'expected 4 scores, got 3',
    );
  });
});
