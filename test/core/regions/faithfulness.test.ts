import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.ts';
import {
  areaUnder,
  centrePrior,
  hotterHalf,
  hottestFirst,
  randomMap,
} from '../../../src/core/regions/faithfulness.ts';

describe('faithfulness', () => {
  it('orders cells from the hottest, ties by place', () => {
    expect([...hottestFirst(Float32Array.of(1, 3, -2, 3))]).toEqual([1, 3, 0, 2]);
  });

  it('knows of the middle only, as a prior', () => {
    const prior = centrePrior(3, 5);
    expect(hottestFirst(prior)[0]).toBe(7);
    expect(prior[0]).toBe(prior[14]);
    expect(hotterHalf(prior, 3, 5)).toBe('neither');
  });

  it('draws every order of a random map from its seed', () => {
    const map = randomMap(2, 3, createRandom(1));
    expect([...map].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(randomMap(2, 3, createRandom(1))).toEqual(map);
  });

  it('measures the area under a curve by trapezoids', () => {
    // Of x² over [0, 1], by three points: (0 + 2·1/4 + 1) / 4.
    expect(areaUnder([0, 0.25, 1].reduce((all, x, i) => all.fill(x, i), new Float64Array(3)))).toBe(0.375);
    expect(areaUnder(Float64Array.of(1, 1, 1, 1))).toBe(1);
  });

  it('finds the hotter half, the middle column in neither', () => {
    expect(hotterHalf(Float32Array.of(0, 9, 1), 1, 3)).toBe('right');
    expect(hotterHalf(Float32Array.of(-1, 9, -2), 1, 3)).toBe('left');
    expect(hotterHalf(Float32Array.of(2, 1, 0, 3), 2, 2)).toBe('right');
  });
});
