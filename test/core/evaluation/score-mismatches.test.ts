import { describe, expect, it } from 'vitest';
import { mismatchesFor, scoreMismatches } from '../../../src/core/evaluation/score-mismatches.ts';
import { scoreHeldOut } from '../../../src/core/evaluation/held-out.ts';
import { groupedFolds } from '../../../src/core/pairs/folds.ts';
import { createRandom } from '../../../src/core/random.ts';
import { scoreFull } from '../../../src/core/scoring/scoring.ts';
import type { UncalibratedModel } from '../../../src/core/scoring/selection-model.ts';
import { normalizeRows } from '../../../src/core/vector.ts';

const DIM = 5;
/** Two captions each. */
const IMAGES = 12;

function twoCaptionsEach() {
  const random = createRandom(1);
  const unit = (count: number): Float32Array => {
    const rows = Float32Array.from({ length: count * DIM }, () => random.nextGaussian());
    normalizeRows(rows, DIM);
    return rows;
  };
  const textRows = Uint32Array.from({ length: 2 * IMAGES }, (_, i) => i);
  return {
    dim: DIM,
    imageEmbeddings: unit(IMAGES),
    textEmbeddings: unit(2 * IMAGES),
    imageRows: textRows.map((row) => row >> 1),
    textRows,
    groups: Int32Array.from(textRows, (row) => row >> 1),
  };
}

const FULL: UncalibratedModel = {
  dim: DIM,
  k: DIM,
  imageMean: null,
  textMean: null,
  projection: { kind: 'full' },
  fusion: { kind: 'identity' },
};

describe('scoreMismatches', () => {
  const pairs = twoCaptionsEach();
  const folds = groupedFolds(pairs.groups, 3, 0);
  const models = folds.map(() => FULL);
  const heldOut = scoreHeldOut(pairs, folds, models, 0);

  it('puts every image beside every caption of another group in its fold', () => {
    const found = scoreMismatches(pairs, { folds, models }, heldOut, { most: 1e6, seed: 0 });
    // Four images a fold with the six captions of the three others.
    expect(found.scores).toHaveLength(3 * 4 * 6);
    const row = (matrix: Float32Array, i: number): Float32Array => matrix.subarray(i * DIM, (i + 1) * DIM);
    const expected = folds.flatMap((held) =>
      [...new Set(Array.from(held, (pair) => pairs.imageRows[pair]))].flatMap((image) =>
        Array.from(held, (pair) => pairs.textRows[pair])
          .filter((text) => text >> 1 !== image)
          .map((text) => scoreFull(FULL, row(pairs.imageEmbeddings, image), row(pairs.textEmbeddings, text))),
      ),
    );
    expect([...found.scores].sort()).toEqual(expected.sort());
    found.imageGroups.forEach((group, i) => {
      expect(found.textGroups[i]).not.toBe(group);
      for (const one of [group, found.textGroups[i]]) {
        expect(folds[found.folds[i]]).toContain(2 * one);
      }
    });
    // Together as much as the one random caption a pair.
    expect(found.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(pairs.groups.length, 9);
  });

  it('draws as many as are asked for at most, each caption of an image once', () => {
    const found = scoreMismatches(pairs, { folds, models }, heldOut, { most: 40, seed: 3 });
    expect(found.scores.length).toBeLessThanOrEqual(40);
    expect(found.scores.length).toBeGreaterThan(20);
    expect(new Set(found.scores).size).toBe(found.scores.length);
    expect(found).toEqual(scoreMismatches(pairs, { folds, models }, heldOut, { most: 40, seed: 3 }));
  });

  it('draws one for each image where there are more images than are asked for', () => {
    const { scores, weights } = scoreMismatches(pairs, { folds, models }, heldOut, { most: 5, seed: 3 });
    expect(scores.length).toBeGreaterThan(IMAGES / 2);
    expect(scores.length).toBeLessThanOrEqual(IMAGES);
    expect(weights.every((weight) => Number.isFinite(weight) && weight > 0)).toBe(true);
  });

  it('lets each marked mismatch count as much as one drawn a pair', () => {
    const mismatches = {
      imageRows: Uint32Array.of(0, 5),
      textRows: Uint32Array.of(9, 2),
      groups: Int32Array.of(0, 5),
    };
    const marked = { ...pairs, mismatches };
    const withMarked = scoreHeldOut(marked, folds, models, 0);
    const found = scoreMismatches(marked, { folds, models }, withMarked, { most: 1e6, seed: 0 });
    expect(found.scores).toHaveLength(72 + 2);
    expect([...found.weights.slice(72)]).toEqual([1, 1]);
    expect(found.imageGroups.slice(72).toSorted()).toEqual(Int32Array.of(0, 5));
  });

  it('asks for more where matches are rarer than one in a thousand, within bounds', () => {
    expect([0.5, 0.001, 0.0005, 1e-6].map(mismatchesFor)).toEqual([2 ** 18, 2 ** 18, 2 ** 19, 2 ** 21]);
  });
});
