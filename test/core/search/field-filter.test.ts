import { describe, expect, it } from 'vitest';
import { allowedVectors } from '../../../src/core/search/field-filter.ts';

const columns = [
  { name: 'colour', values: ['red', 'blue'], codes: Uint32Array.of(1, 2, 0, 1, 2) },
  { name: 'size', values: ['10', '9', 'huge', ' '], codes: Uint32Array.of(1, 2, 3, 0, 4) },
];
const allowed = (...filters: Parameters<typeof allowedVectors>[1]) => [
  ...allowedVectors(columns, filters, 5),
];

describe('allowedVectors', () => {
  it('allows all without filters', () => expect(allowed()).toEqual([1, 1, 1, 1, 1]));
  it('compares text for equality', () =>
    expect(allowed({ field: 'colour', eq: 'red' })).toEqual([1, 0, 0, 1, 0]));
  it('takes any of several values', () =>
    expect(allowed({ field: 'colour', in: ['blue', 'red'] })).toEqual([1, 1, 0, 1, 1]));
  it('takes none of an empty list', () =>
    expect(allowed({ field: 'colour', in: [] })).toEqual([0, 0, 0, 0, 0]));
  it('compares numbers in a range, both ends included', () => {
    expect(allowed({ field: 'size', min: 9 })).toEqual([1, 1, 0, 0, 0]);
    expect(allowed({ field: 'size', min: 9, max: 9 })).toEqual([0, 1, 0, 0, 0]);
    expect(allowed({ field: 'size', max: 9.5 })).toEqual([0, 1, 0, 0, 0]);
  });
  it('wants all conditions, of one filter and of several', () => {
    expect(allowed({ field: 'size', eq: '10', max: 9 })).toEqual([0, 0, 0, 0, 0]);
    expect(allowed({ field: 'colour', eq: 'red' }, { field: 'size', min: 1 })).toEqual([1, 0, 0, 0, 0]);
  });
  it('allows none by a field that the segment does not have', () =>
    expect(allowed({ field: 'weight', min: 0 })).toEqual([0, 0, 0, 0, 0]));
});
