import { describe, expect, it } from 'vitest';
import {
  numpyDeviation,
  numpyMeanMagnitude,
} from '../../../../src/core/selection/information/numpy-deviation.ts';
import { readFixture } from '../../read-fixture.ts';

interface Column {
  readonly count: number;
  readonly values: number[];
  readonly deviation: number;
  readonly deviationSingle: number;
  readonly magnitude: number;
}

describe('numpyDeviation', () => {
  it.each(readFixture<{ columns: Column[] }>('special').columns)(
    'meets numpy to the bit over $count values',
    (column) => {
      const values = Float64Array.from(column.values);
      expect(numpyDeviation(values, new Float64Array(column.count))).toBe(column.deviation);
      expect(numpyMeanMagnitude(values, new Float64Array(column.count))).toBe(column.magnitude);
      const single = Float32Array.from(values);
      expect(numpyDeviation(single, new Float32Array(column.count))).toBe(column.deviationSingle);
    },
  );
});
