import { describe, expect, it } from 'vitest';
import { choosePlan, defaultRerank } from '../../../src/core/search/corpus-plan.ts';
import { buildSelection } from '../../format/selection-builder.ts';

const request = {
  count: 1000,
  dim: 512,
  k: 60,
  bytesPerVector: { full: 520, compact: 64 },
  budgetBytes: 520_000,
};

describe('choosePlan', () => {
  it('scans full vectors as long as they fit', () => {
    expect(choosePlan(request)).toBe('full');
    expect(choosePlan({ ...request, count: 1001 })).toBe('compact');
  });
  it('gives up when not even compact vectors fit', () => {
    expect(choosePlan({ ...request, count: 8125 })).toBe('compact');
    expect(choosePlan({ ...request, count: 8126 })).toBe(null);
  });
  it('has nothing smaller for a selection that keeps every coordinate', () => {
    const all = { ...request, k: 512, bytesPerVector: { full: 520, compact: 516 } };
    expect(choosePlan({ ...all, count: 1001 })).toBe(null);
  });
});

describe('defaultRerank', () => {
  it('goes by what the selection holds of a cosine', () => {
    const rerank = (projection: 'map' | 'mask', means: boolean): number =>
      defaultRerank(buildSelection(1, { projection, means }).model);
    expect([rerank('map', false), rerank('map', true), rerank('mask', true)]).toEqual([20, 100, 1000]);
  });
});
