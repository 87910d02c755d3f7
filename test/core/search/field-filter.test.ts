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
  it('wants all conditions of several filters on one field', () => {
    expect(allowed({ field: 'size', min: 9 }, { field: 'size', max: 9 })).toEqual([0, 1, 0, 0, 0]);
    expect(allowed({ field: 'colour', eq: 'red' }, { field: 'colour', eq: 'blue' })).toEqual([0, 0, 0, 0, 0]);
  });
  it('takes names that objects have by themselves for fields like others', () => {
    const names = ['__proto__', 'constructor'];
    const odd = names.map((name) => ({ name, values: ['1'], codes: Uint32Array.of(1, 0) }));
    for (const field of names) expect([...allowedVectors(odd, [{ field, eq: '1' }], 2)]).toEqual([1, 0]);
    expect(allowed({ field: 'constructor', eq: '1' })).toEqual([0, 0, 0, 0, 0]);
  });
  it('allows none by a field that the segment does not have', () =>
    expect(allowed({ field: 'weight', min: 0 })).toEqual([0, 0, 0, 0, 0]));
});
