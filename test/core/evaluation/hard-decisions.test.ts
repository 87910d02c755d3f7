import { describe, expect, it } from 'vitest';
import { calibrate } from '../../../src/core/evaluation/calibrate.ts';
import { hardDecisions } from '../../../src/core/evaluation/decision-counts.ts';
import { hardInPlaceOfRandom, scoreHeldOut } from '../../../src/core/evaluation/held-out.ts';
import { groupedFolds } from '../../../src/core/pairs/folds.ts';
import type { PairSet } from '../../../src/core/pairs/pair-set.ts';
import { scoreFull } from '../../../src/core/scoring/scoring.ts';
import type { UncalibratedModel } from '../../../src/core/scoring/selection-model.ts';
import { normalizeRows } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

const DIM = 16;
const PLAIN: UncalibratedModel = {
  dim: DIM,
  k: DIM,
  imageMean: null,
  textMean: null,
  projection: { kind: 'full' },
  fusion: { kind: 'identity' },
};

/** Pairs of which two at a time are nearly alike: the nearest other caption of each nearly fits. */
function twins(count: number): PairSet {
  const rows = Uint32Array.from({ length: count }, (_, i) => i);
  const [shared, own, noise] = [1, 2, 3].map((seed) => gaussians(count * DIM, seed));
  const imageEmbeddings = Float32Array.from(own, (x, at) => shared[at % ((count / 2) * DIM)] + 0.2 * x);
  const textEmbeddings = Float32Array.from(noise, (x, at) => imageEmbeddings[at] + 0.2 * x);
  normalizeRows(imageEmbeddings, DIM);
  normalizeRows(textEmbeddings, DIM);
  return {
    dim: DIM,
    imageEmbeddings,
    textEmbeddings,
    imageRows: rows,
    textRows: rows,
    groups: Int32Array.from(rows),
  };
}

describe('hardDecisions', () => {
  it('weighs calls by the base rate', () => {
    const match = { match: 90, uncertain: 5, mismatch: 5 };
    const mismatch = { match: 10, uncertain: 10, mismatch: 80 };
    expect(hardDecisions(match, mismatch, 0.5).matchPrecision).toBeCloseTo(0.9, 12);
    // .1 · .9 of all pairs are called so and are, .9 · .1 are called so and are not.
    expect(hardDecisions(match, mismatch, 0.1).matchPrecision).toBeCloseTo(0.5, 12);
    const none = { match: 0, uncertain: 100, mismatch: 0 };
    expect(hardDecisions(none, none, 0.5).matchPrecision).toBeNull();
  });
});

describe('calibration against hard mismatches', () => {
  const set = twins(400);
  const folds = groupedFolds(set.groups, 4, 0);
  const heldOut = scoreHeldOut(
    set,
    folds,
    folds.map(() => PLAIN),
    0,
  );

  it('tells that a precision shown on random captions is not kept on the nearest ones', () => {
    const { decisions, hard } = calibrate(heldOut);
    const { match, mismatch } = decisions;
    expect(match.match / (match.match + mismatch.match)).toBeGreaterThan(0.94);
    const { match: called, uncertain, mismatch: refused } = hard?.mismatch ?? match;
    expect(called + uncertain + refused).toBe(400);
    // One twin in four shares the fold of the other.
    expect(hard?.matchPrecision).toBeLessThan(0.9);
  });

  it('is fitted on the nearest captions where it is asked to be', () => {
    const replaced = hardInPlaceOfRandom(heldOut);
    expect(replaced.labels).toBe(heldOut.labels);
    replaced.labels.forEach((label, i) => {
      const row = (matrix: Float32Array, at: number) => matrix.subarray(at * DIM, (at + 1) * DIM);
      const image = row(set.imageEmbeddings, replaced.imageRows[i]);
      const score = scoreFull(PLAIN, image, row(set.textEmbeddings, replaced.textRows[i]));
      expect(replaced.scores[i]).toBeCloseTo(score, 6);
      expect(replaced.imageRows[i]).toBe(heldOut.imageRows[i]);
      if (label === 1) expect(replaced.scores[i]).toBe(heldOut.scores[i]);
    });
    const { decisions } = calibrate(replaced);
    const { match, mismatch } = decisions;
    // Thresholds that hold against them call hardly anything a match.
    expect(mismatch.match).toBeLessThan(0.25 * (calibrate(heldOut).hard?.mismatch.match ?? 0) + 1);
    expect(match.match + match.uncertain + match.mismatch).toBe(400);
  });
});
