import { describe, expect, it } from 'vitest';
import {
  entryScores,
  l1LogisticPath,
  l1LogisticScores,
} from '../../../../src/core/selection/logistic/l1-logistic-path.ts';
import { l1Logistic } from '../../../../src/core/selection/logistic/l1-logistic.ts';
import { topK } from '../../../../src/core/selection/top-k.ts';
import type { Made } from './logistic-data.ts';
import { madeData, takeColumns, takeRows } from './logistic-data.ts';

/** Two thirds of one class: the intercept, penalised too, enters before any feature. */
function unbalanced(): Made {
  const { labels, ...data } = madeData(120, 10, 4, 21);
  const rows = [...labels.keys()].filter((row) => labels[row] === 1 || row % 4 === 0);
  // Small features pull less than the uneven classes do.
  return takeRows({ labels, ...data, features: data.features.map((x) => 0.2 * x) }, rows);
}

const DATA = madeData(120, 12, 4, 20);

describe('l1LogisticPath', () => {
  it.each([
    ['balanced', takeRows(DATA, balancedRows(DATA))],
    ['unbalanced', unbalanced()],
  ])('begins at the C whose next step moves a feature: %s', (_, data) => {
    const { steps } = l1LogisticPath(data.features, data.labels, { ...data, k: 1 });
    const first = steps[0].c;
    function keptAt(c: number): number {
      const { weights } = l1Logistic(data.features, data.labels, { ...data, c, tolerance: 1e-12 });
      return weights.filter((w) => w !== 0).length;
    }
    expect(steps[0].weights.every((w) => w === 0)).toBe(true);
    expect(keptAt(first * (1 - 1e-6))).toBe(0);
    expect(keptAt(first * (1 + 2e-6))).toBe(1);
  });

  it('has the intercept enter first where the classes are uneven', () => {
    const data = unbalanced();
    expect(l1LogisticPath(data.features, data.labels, { ...data, k: 1 }).steps[0].intercept).not.toBe(0);
  });

  it('ends every step where a cold start ends', () => {
    const { steps } = l1LogisticPath(DATA.features, DATA.labels, DATA);
    for (const step of steps.filter((_, i) => i % 8 === 0)) {
      const cold = l1Logistic(DATA.features, DATA.labels, { ...DATA, c: step.c });
      // Both are within 2e-8 of the least objective, and of a curvature that lets no weight differ by more than 1e-5.
      expect(Math.abs(step.objective / cold.objective - 1)).toBeLessThan(2e-8);
      cold.weights.forEach((w, j) => expect(Math.abs(w - step.weights[j])).toBeLessThan(1e-5));
    }
  });

  it('lets the loss fall and the norm of the weights grow with C', () => {
    const { steps } = l1LogisticPath(DATA.features, DATA.labels, DATA);
    expect(steps.length).toBeGreaterThan(20);
    const norms = steps.map(({ weights, intercept }) =>
      weights.reduce((sum, w) => sum + Math.abs(w), Math.abs(intercept)),
    );
    for (let i = 1; i < steps.length; i++) {
      expect(norms[i]).toBeGreaterThanOrEqual(norms[i - 1] - 1e-7);
      const loss = (steps[i].objective - norms[i]) / steps[i].c;
      expect(loss).toBeLessThanOrEqual((steps[i - 1].objective - norms[i - 1]) / steps[i - 1].c + 1e-6);
    }
  });

  it('walks given values of C, and only those', () => {
    const path = l1LogisticPath(DATA.features, DATA.labels, { ...DATA, cs: [0.001, 0.05, 0.5] });
    expect(path.steps.map(({ c }) => c)).toEqual([0.001, 0.05, 0.5]);
    for (const [j, entry] of path.entries.entries()) {
      expect(entry).toBe(path.steps.findIndex(({ weights }) => weights[j] !== 0));
    }
  });

  it('rejects values of C that do not ascend, and a k beyond the features', () => {
    const { features, labels } = DATA;
    expect(() => l1LogisticPath(features, labels, { ...DATA, cs: [1, 1] })).toThrow(
      /ascending .*got 1 after 1/,
    );
    expect(() => l1LogisticPath(features, labels, { ...DATA, cs: [0] })).toThrow(/c above 0/);
    expect(() => l1LogisticPath(features, labels, { ...DATA, k: 13 })).toThrow(
      /k from 0 to 12 features, got 13/,
    );
    expect(() => l1LogisticPath(features, new Uint8Array(120), DATA)).toThrow(/got 1: 0/);
  });
});

describe('entryScores', () => {
  it('ranks by step of entry, then by |weight| there, and leaves out what never enters', () => {
    const weights = [
      [0, 0, 0, 0, 0],
      [0.5, 0, -0.75, 0, 0],
      [0.5, -1, 0, 0, 1],
    ];
    const steps = weights.map((w, i) => ({
      c: 10 ** (i - 1),
      weights: Float64Array.from(w),
      intercept: 0,
      objective: 1,
      violation: 0,
    }));
    const path = { steps, entries: Int32Array.of(1, 2, 1, -1, 2), nextC: 100 };
    const scores = [...entryScores(path)];
    // Two enter at C = 1, the second halfway to 1/10; two of one |weight| share the score of C = 10.
    expect(scores).toEqual([0.55, 0.1, 1, NaN, 0.1]);
  });

  it('puts the features that carry the classes first', () => {
    const data = madeData(2000, 20, 4, 22);
    const path = l1LogisticPath(data.features, data.labels, { ...data, k: 4 });
    expect([...topK(entryScores(path), 4)]).toEqual([0, 1, 2, 3]);
  });
});

describe('l1LogisticScores', () => {
  it('gives no score to a constant feature, which only stands in for the penalised intercept', () => {
    const features = DATA.features.map((x, i) => (i % DATA.dim === 1 ? 3 : x));
    const { scores } = l1LogisticScores(features, DATA.labels, { ...DATA, k: 6 });
    expect(scores[1]).toBeNaN();
    expect([...topK(scores, 4)]).not.toContain(1);
  });

  it('nests the masks of every k, whichever k the path was walked to', () => {
    const full = l1LogisticScores(DATA.features, DATA.labels, { ...DATA, k: 12 }).scores;
    for (let k = 0; k <= 12; k++) {
      const { scores } = l1LogisticScores(DATA.features, DATA.labels, { ...DATA, k });
      expect(topK(scores, k), `k = ${k}`).toEqual(topK(full, k));
      if (k > 0) expect(new Set(topK(full, k))).toEqual(new Set([...topK(full, k - 1), ...topK(full, k)]));
      scores.forEach((score, j) => {
        if (!Number.isNaN(score)) expect(score).toBe(full[j]);
      });
    }
  });

  it('scores by |weight| at a given C', () => {
    const { scores, params } = l1LogisticScores(DATA.features, DATA.labels, { ...DATA, k: 3, c: 0.1 });
    const { weights } = l1Logistic(DATA.features, DATA.labels, { ...DATA, c: 0.1 });
    expect(scores).toEqual(weights.map(Math.abs));
    expect(params).toEqual({ c: 0.1 });
  });

  it('tells where its path began and ended', () => {
    const { steps } = l1LogisticPath(DATA.features, DATA.labels, { ...DATA, k: 5 });
    const { params } = l1LogisticScores(DATA.features, DATA.labels, { ...DATA, k: 5 });
    expect(params).toEqual({ firstC: steps[0].c, lastC: steps[steps.length - 1].c, stepsPerDecade: 25 });
  });

  it('leaves undefined what no C lets in: constant columns', () => {
    const flat = { ...DATA, features: DATA.features.map((x, at) => (at % 12 === 5 ? 0 : x)) };
    const { scores } = l1LogisticScores(flat.features, flat.labels, { ...flat, k: 12 });
    expect(scores[5]).toBeNaN();
    expect(scores.filter((score) => score > 0).length).toBeGreaterThan(8);
    const none = l1LogisticScores(new Float64Array(20), [0, 1, 0, 1], { count: 4, dim: 5, k: 2 });
    expect([...none.scores]).toEqual([NaN, NaN, NaN, NaN, NaN]);
    expect(none.params).toEqual({ stepsPerDecade: 25 });
  });

  it('handles equal columns and more features than rows', () => {
    const wide = madeData(30, 60, 3, 23);
    const twins = takeColumns(wide, [...Array(60).keys(), 0]);
    const { scores } = l1LogisticScores(twins.features, twins.labels, { ...twins, k: 10 });
    expect(scores.filter((score) => score > 0).length).toBeGreaterThanOrEqual(10);
    const first = l1LogisticScores(wide.features, wide.labels, { ...wide, k: 10 }).scores;
    expect(Math.max(scores[0], scores[60])).toBeCloseTo(first[0], 9);
  });
});

function balancedRows({ labels }: Made): number[] {
  const rows = [[], []] as [number[], number[]];
  labels.forEach((label, row) => rows[label].push(row));
  const each = Math.min(rows[0].length, rows[1].length);
  return rows.flatMap((of) => of.slice(0, each));
}
