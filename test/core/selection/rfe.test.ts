import { describe, expect, it } from 'vitest';
import { rfe } from '../../../src/core/selection/rfe.ts';
import { readFixture } from '../read-fixture.ts';
import type { FixtureMatrix } from './logistic-data.ts';
import { featuresOf } from './logistic-data.ts';

interface Case extends FixtureMatrix {
  readonly name: string;
  readonly c: number;
  readonly step: number;
  readonly downTo: number;
  readonly ranking: number[];
  readonly masks: Readonly<Record<string, number[]>>;
}

describe('rfe against scikit-learn', () => {
  for (const { name, ranking, masks, ...options } of readFixture<Case[]>('rfe')) {
    it(`keeps the same features at every k: ${name}`, () => {
      const { order } = rfe(featuresOf(options), options.labels, options);
      for (const [k, mask] of Object.entries(masks)) {
        expect([...order.slice(0, Number(k)).sort()], `k = ${k}`).toEqual(mask);
      }
      // A higher rank number left earlier.
      const ranks = [...order].map((j) => ranking[j]);
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    });
  }
});
