import { describe, expect, it } from 'vitest';
import { choosePlan } from '../../../src/core/search/corpus-plan.ts';

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
