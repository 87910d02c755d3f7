import { describe, expect, it } from 'vitest';
import { choosePlan, defaultRerank } from '../../../src/core/search/corpus-plan.ts';
import { buildSelection } from '../../format/selection-builder.ts';

const request = { dim: 512, k: 60, memoryBytes: { full: 520, compact: 64 }, budgetBytes: 520 };

describe('choosePlan', () => {
  it('scans full vectors as long as they fit', () => {
    expect(choosePlan(request)).toBe('full');
    expect(choosePlan({ ...request, budgetBytes: 519 })).toBe('compact');
  });
  it('gives up when not even compact vectors fit', () => {
    expect(choosePlan({ ...request, budgetBytes: 64 })).toBe('compact');
    expect(choosePlan({ ...request, budgetBytes: 63 })).toBe(null);
  });
  it('has nothing smaller for a selection that keeps every coordinate', () => {
    expect(choosePlan({ ...request, k: 512, budgetBytes: 519 })).toBe(null);
  });
});

describe('defaultRerank', () => {
  it('goes by what the selection holds of a cosine', () => {
    const rerank = (projection: 'map' | 'mask', means: boolean): number =>
      defaultRerank(buildSelection(1, { projection, means }).model);
    expect([rerank('map', false), rerank('map', true), rerank('mask', true)]).toEqual([20, 100, 1000]);
  });
});
