import { describe, expect, it } from 'vitest';
import { DirectionKeys } from '../../src/dataset/direction-keys.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import { gaussians } from '../core/random-data.ts';

const DIM = 512;

function vectors(count: number): Float32Array[] {
  return Array.from({ length: count }, (_, i) => Float32Array.from(gaussians(DIM, i + 1)));
}

function unit(vector: Float32Array, norm = 1): Float32Array {
  const scaled = vector.map((value) => value * norm);
  normalizeRows(scaled, DIM);
  return scaled;
}

describe('DirectionKeys', () => {
  it('gives a vector at another norm the key of the first', () => {
    const keys = new DirectionKeys();
    const all = vectors(200);
    const first = all.map((vector) => keys.keyOf(unit(vector)));
    expect(new Set(first).size).toBe(200);
    for (const norm of [3, 0.1, 1e-12, 7.77e9]) {
      expect(all.map((vector) => keys.keyOf(unit(vector, norm)))).toEqual(first);
    }
  });

  it('keeps apart what differs in one coordinate by more than rounding', () => {
    const keys = new DirectionKeys();
    const [vector] = vectors(1);
    const other = vector.slice();
    other[100] += 1e-3;
    expect(keys.keyOf(unit(other))).not.toBe(keys.keyOf(unit(vector)));
  });
});
