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

  it('takes what the budget allows, each window around a cell', () => {
    expect(planOcclusion(16, 100)).toMatchObject({ rows: 7, columns: 7 });
    expect(planOcclusion(16, 100).windows).toHaveLength(16);
    expect(planOcclusion(48, 100)).toMatchObject({ rows: 11, columns: 11 });
    expect(planOcclusion(49, 100)).toMatchObject({ rows: 7, columns: 7 });
    expect(planOcclusion(49, 100).windows[24]).toEqual({ top: 2, left: 2, bottom: 5, right: 5 });
    expect(planOcclusion(49, 100).windows[0]).toEqual({ top: 0, left: 0, bottom: 2, right: 2 });
    expect(planOcclusion(1000, 14)).toMatchObject({ rows: 14, columns: 14 });
    expect(planOcclusion(16, 5)).toMatchObject({ rows: 5, columns: 5 });
  });

  it('refuses a budget that tells nothing apart', () => {
    expect(() => planOcclusion(3, 14)).toThrow('expected a budget of at least 4 pictures, got 3');
  });
});

describe('occlusionHeat', () => {
  it('gives each cell the mean of what the score falls by under the windows over it', () => {
    const plan = planOcclusion(4, 3);
    // Windows of the upper left, upper right, lower left and lower right 2 x 2 of 3 x 3 cells.
    expect([...occlusionHeat(plan, 0.5, Float64Array.of(0.25, 0.5, 0.75, 0))]).toEqual([
      ...[0.25, 0.125, 0],
      ...[0, 0.125, 0.25],
      ...[-0.25, 0.125, 0.5],
    ]);
  });

  it('refuses scores of another number', () => {
    expect(() => occlusionHeat(planOcclusion(4, 3), 0.5, new Float64Array(3))).toThrow(
      'expected 4 scores, got 3',
    );
  });
});
