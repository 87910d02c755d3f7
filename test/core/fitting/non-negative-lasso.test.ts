import { describe, expect, it } from 'vitest';
import { nonNegativeLasso } from '../../../src/core/fitting/non-negative-lasso.ts';
import { readFixture } from '../read-fixture.ts';

interface Case {
  readonly dim: number;
  readonly dictionary: readonly number[];
  readonly target: readonly number[];
  readonly alpha: number;
  readonly weights: readonly number[];
}

const cases = readFixture<Case[]>('lasso');

describe('nonNegativeLasso', () => {
  it('gives the weights of scikit-learn', () => {
    for (const [i, { dim, dictionary, target, alpha, weights }] of cases.entries()) {
      const found = nonNegativeLasso(Float32Array.from(dictionary), Float64Array.from(target), alpha);
      expect(found).toHaveLength(dictionary.length / dim);
      // Both stop near the minimum: ours at steps of 1e-9, theirs at a duality gap of 1e-14; two nearly equal rows make it flat.
      found.forEach((weight, row) =>
        expect(Math.abs(weight - weights[row]), `case ${i}, row ${row}`).toBeLessThan(1e-6),
      );
    }
  });

  it('keeps nothing where alpha is above every product with the target', () => {
    const [{ dim, dictionary, target }] = cases;
    const rows = Float32Array.from(dictionary);
    const products = Array.from({ length: rows.length / dim }, (_, row) =>
      target.reduce((sum, value, i) => sum + value * rows[row * dim + i], 0),
    );
    const most = Math.max(...products) / dim;
    const kept = (alpha: number) =>
      nonNegativeLasso(rows, Float64Array.from(target), alpha).filter((w) => w > 0).length;
    expect([kept(most * 1.001), kept(most * 0.999)]).toEqual([0, 1]);
  });
});
