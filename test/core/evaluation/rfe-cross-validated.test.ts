import { describe, expect, it } from 'vitest';
import { groupedFolds } from '../../../src/core/pairs/folds.ts';
import { rfeCrossValidated } from '../../../src/core/evaluation/rfe-cross-validated.ts';
import { readFixture } from '../read-fixture.ts';
import type { FixtureMatrix } from '../selection/logistic/logistic-data.ts';
import { featuresOf, madeData } from '../selection/logistic/logistic-data.ts';

interface Fixture extends FixtureMatrix {
  readonly downTo: number;
  readonly cases: {
    readonly scoring: 'accuracy' | 'roc_auc';
    readonly step: number;
    readonly chosen: number;
    /** From the fewest features up. */
    readonly scores: number[];
    readonly support: number[];
    readonly folds: number[][];
  }[];
}

describe('rfeCrossValidated', () => {
  const { cases, ...data } = readFixture<Fixture>('rfe-cross-validated');
  for (const { scoring, step, chosen, scores, support, folds } of cases) {
    it(`chooses as scikit-learn does: ${scoring}, step ${step}`, () => {
      const actual = rfeCrossValidated(featuresOf(data), data.labels, {
        ...data,
        step,
        scoring: scoring === 'accuracy' ? 'accuracy' : 'auc',
        folds: folds.map((held) => Uint32Array.from(held)),
      });
      expect(actual.chosen).toBe(chosen);
      expect([...actual.order.slice(0, chosen)].sort((a, b) => a - b)).toEqual(support);
      // Shares of whole rows: only the mean over folds rounds.
      scores.toReversed().forEach((score, i) => expect(actual.scores[i]).toBeCloseTo(score, 12));
      expect(actual.counts.length).toBe(scores.length);
    });
  }

  it('counts down from all features to the end, whatever the step leaves over', () => {
    const made = madeData(60, 10, 3, 51);
    const folds = groupedFolds(
      Int32Array.from({ length: 60 }, (_, row) => row),
      3,
      0,
    );
    const { counts } = rfeCrossValidated(made.features, made.labels, { ...made, step: 4, downTo: 1, folds });
    expect([...counts]).toEqual([10, 6, 2, 1]);
  });

  it('takes the fewest features among equal scores', () => {
    const labels = Uint8Array.from({ length: 40 }, (_, row) => row % 2);
    const features = madeData(40, 4, 0, 52).features.map((x, at) =>
      at % 4 === 1 ? 50 * labels[Math.floor(at / 4)] : 0.01 * x,
    );
    const folds = groupedFolds(
      Int32Array.from({ length: 40 }, (_, row) => row),
      4,
      0,
    );
    const { chosen, order, scores } = rfeCrossValidated(features, labels, {
      count: 40,
      dim: 4,
      step: 1,
      downTo: 1,
      folds,
    });
    expect([...scores]).toEqual([1, 1, 1, 1]);
    expect(chosen).toBe(1);
    expect(order[0]).toBe(1);
  });

  it('rejects folds that it cannot learn beside', () => {
    const features = Float64Array.of(1, 2, 3, 4);
    const options = { count: 4, dim: 1, step: 1, downTo: 1 };
    expect(() => rfeCrossValidated(features, [0, 0, 1, 1], { ...options, folds: [] })).toThrow(
      /at least one fold/,
    );
    expect(() =>
      rfeCrossValidated(features, [0, 0, 1, 1], { ...options, folds: [Uint32Array.of(2, 3)] }),
    ).toThrow(/2 classes beside fold 0, got 2 rows of one/);
    expect(() =>
      rfeCrossValidated(features, [0, 1, 0, 1], { ...options, folds: [Uint32Array.of(1)], scoring: 'auc' }),
    ).toThrow(/positives and negatives/);
  });
});
