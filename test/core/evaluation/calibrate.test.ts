import { describe, expect, it } from 'vitest';
import {
  type CalibrationPairs,
  DEFAULT_CALIBRATION,
  calibrate,
} from '../../../src/core/evaluation/calibrate.ts';
import { scoreHeldOut } from '../../../src/core/evaluation/held-out.ts';
import { rocCurve } from '../../../src/core/evaluation/roc-curve.ts';
import { probability, probabilityInterval } from '../../../src/core/calibration/calibration.ts';
import { decide } from '../../../src/core/calibration/decisions.ts';
import { sigmoid } from '../../../src/core/calibration/log-odds.ts';
import { groupedFolds } from '../../../src/core/pairs/folds.ts';
import { auc, brier } from '../../../src/core/evaluation/metrics.ts';
import { createRandom } from '../../../src/core/random.ts';
import { scoreFull } from '../../../src/core/scoring/scoring.ts';
import type { UncalibratedModel } from '../../../src/core/scoring/selection-model.ts';
import { normalizeRows } from '../../../src/core/vector.ts';

/** Pairs of a match and a mismatch, whose scores are drawn by label. */
function heldOut(
  count: number,
  seed: number,
  draw: (label: number, noise: number) => number,
): CalibrationPairs {
  const random = createRandom(seed);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  return {
    labels,
    scores: Float64Array.from(labels, (label) => draw(label, random.nextGaussian())),
    folds: Uint32Array.from({ length: count }, (_, i) => (i >> 1) % 5),
    groups: Int32Array.from({ length: count }, (_, i) => i >> 1),
  };
}

/** A step: nothing of it is a sigmoid. */
const stepped = (seed: number): CalibrationPairs => {
  const random = createRandom(seed);
  const pairs = heldOut(2000, seed, () => random.next());
  const labels = pairs.scores.map((score) => Number(random.next() < (score < 0.7 ? 0.3 : 0.95)));
  return { ...pairs, labels: Uint8Array.from(labels) };
};

describe('calibrate', () => {
  it('takes more scores than a call takes arguments', () => {
    const random = createRandom(0);
    const count = 150_000;
    const { ece, decisions } = calibrate({
      ...heldOut(count, 1, (label, noise) => label + noise),
      folds: Uint32Array.from({ length: count }, () => random.nextInt(5)),
    });
    // The logit of two unit normals is linear in the score, so Platt's form fits; what is left is the noise of 15,000 a bin.
    expect(ece).toBeLessThan(0.01);
    const { match, mismatch } = decisions;
    const decided = [match, mismatch].flatMap((counts) => Object.values(counts));
    expect(decided.reduce((sum, value) => sum + value, 0)).toBe(count);
  });

  it('takes Platt scaling where its form is right, isotonic regression where it is not, and lists both', () => {
    const logistic = calibrate(heldOut(600, 2, (label, noise) => label + noise));
    expect(logistic.calibrator.kind).toBe('platt');
    const step = calibrate(stepped(3));
    expect(step.calibrator.kind).toBe('isotonic');
    for (const { tried, brier: chosen, calibrator } of [logistic, step]) {
      expect(tried.map(({ kind }) => kind)).toEqual(['platt', 'isotonic']);
      expect(chosen).toBe(Math.min(...tried.map(({ brier: score }) => score)));
      expect(tried.find(({ kind }) => kind === calibrator.kind)?.brier).toBe(chosen);
    }
  });

  it('takes Platt scaling on a tie: equal scores tell neither anything', () => {
    const { calibrator, tried } = calibrate(heldOut(200, 4, () => 0.5));
    expect(calibrator.kind).toBe('platt');
    expect(tried[0].brier).toBeCloseTo(tried[1].brier, 6);
  });

  it('judges each fold by a calibrator that has not seen it', () => {
    const pairs = heldOut(400, 5, (label, noise) => label + noise);
    // One fold's labels turned round: those fitted on the others are sure, and wrong there.
    const labels = pairs.labels.map((label, i) => (pairs.folds[i] === 0 ? 1 - label : label));
    const { probabilities } = calibrate({ ...pairs, labels });
    const inFold = (_: unknown, i: number): boolean => pairs.folds[i] === 0;
    expect(auc(probabilities.filter(inFold), labels.filter(inFold))).toBeLessThan(0.4);
  });

  it.each([
    { kind: 'platt', pairs: heldOut(4000, 6, (label, noise) => label + noise) },
    { kind: 'isotonic', pairs: stepped(3) },
  ] as const)(
    'moves the $kind fit to the base rate asked for, and judges it alike at any',
    ({ kind, pairs }) => {
      const even = calibrate(pairs);
      for (const baseRate of [1e-6, 0.001, 0.01, 0.1, 0.999, 1 - 1e-6]) {
        const moved = calibrate(pairs, { ...DEFAULT_CALIBRATION, baseRate });
        expect(moved.calibrator).toMatchObject({ kind, baseRate });
        for (const score of [-1, 0, 0.65, 0.75, 1.5]) {
          const p = probability(moved.calibrator, score);
          // Rounding of a log-odds of up to 14 to and fro.
          expect(p).toBeCloseTo(probability(even.calibrator, score, baseRate), 11);
          const [low, high] = probabilityInterval(moved.calibrator, score);
          expect(low).toBeLessThanOrEqual(p);
          expect(high).toBeGreaterThanOrEqual(p);
          expect(high).toBeLessThanOrEqual(1);
        }
        // At the pairs' own share of matches.
        const { ece, brier: score, bins, tried } = moved;
        expect({ ece, score, bins, tried }).toEqual({
          ece: even.ece,
          score: even.brier,
          bins: even.bins,
          tried: even.tried,
        });
        expect(JSON.stringify(moved)).not.toContain('NaN');
      }
    },
  );

  it('finds the truth at the base rate where scores were drawn by it', () => {
    const { calibrator } = calibrate(
      heldOut(4000, 6, (label, noise) => label + noise),
      { ...DEFAULT_CALIBRATION, baseRate: 0.1 },
    );
    // Scores N(0, 1) and N(1, 1): log-odds score - 1/2 + log(1/9). The fit varies by about .05 each in slope and intercept.
    expect(Math.abs(probability(calibrator, 1.5) - sigmoid(1 + Math.log(1 / 9)))).toBeLessThan(0.03);
  });

  it('is the same at one base rate whatever share of the pairs are matches', () => {
    const many = heldOut(20_000, 12, (label, noise) => label + noise);
    // Of the matches every fourth: a fifth of what is left.
    const kept = (_: unknown, i: number): boolean => many.labels[i] === 0 || (i >> 1) % 4 === 0;
    const few = {
      scores: many.scores.filter(kept),
      labels: many.labels.filter(kept),
      folds: many.folds.filter(kept),
      groups: many.groups.filter(kept),
    };
    const [a, b] = [many, few].map((pairs) => calibrate(pairs).calibrator);
    for (const score of [-1, 0, 1, 2]) {
      // 2,500 matches: the log-odds vary by some .05, a probability by at most a quarter of that.
      expect(Math.abs(probability(a, score) - probability(b, score))).toBeLessThan(0.03);
    }
  });

  it('reaches the precision at the base rate, with matches and mismatches weighed to it', () => {
    const pairs = heldOut(20_000, 13, (label, noise) => 2 * label + noise);
    const sharesSaid: number[] = [];
    for (const baseRate of [0.5, 0.3, 0.2]) {
      const { calibrator } = calibrate(pairs, { ...DEFAULT_CALIBRATION, baseRate });
      const said = pairs.scores.map((score) =>
        Number(decide(calibrator, probability(calibrator, score)) === 'MATCH'),
      );
      const share = (label: number): number =>
        said.reduce((sum, one, i) => sum + (pairs.labels[i] === label ? one : 0), 0) / 10_000;
      const right = baseRate * share(1);
      // Rounding of weighted sums.
      expect(right / (right + (1 - baseRate) * share(0))).toBeGreaterThanOrEqual(0.95 - 1e-9);
      sharesSaid.push(share(1));
    }
    // The rarer matches are, the fewer can be called so.
    expect(sharesSaid).toEqual(sharesSaid.toSorted((a, b) => b - a));
    expect(sharesSaid[2]).toBeGreaterThan(0.05);
  });

  it('fits and judges on marked mismatches too, and draws the ROC curve without them', () => {
    const pairs = heldOut(400, 14, (label, noise) => 2 * label + noise);
    // Hard ones: as high as matches.
    const extra = heldOut(400, 15, (_, noise) => 2 + noise);
    const both = {
      scores: Float64Array.from([...pairs.scores, ...extra.scores]),
      labels: Uint8Array.from([...pairs.labels, ...new Uint8Array(400)]),
      marked: new Uint8Array(800).fill(1, 400),
      folds: Uint32Array.from([...pairs.folds, ...extra.folds]),
      groups: Int32Array.from([...pairs.groups, ...extra.groups]),
    };
    const [plain, seen] = [calibrate(pairs), calibrate(both)];
    expect(seen.roc.random).toEqual(plain.roc.random);
    expect(probability(seen.calibrator, 2)).toBeLessThan(probability(plain.calibrator, 2) - 0.1);
    const { mismatch } = seen.decisions;
    expect(mismatch.match + mismatch.uncertain + mismatch.mismatch).toBe(600);
    expect(seen.probabilities.length).toBe(800);
  });

  it('decides more where less precision is asked for', () => {
    const pairs = heldOut(1000, 7, (label, noise) => 1.5 * label + noise);
    const strict = calibrate(pairs, { ...DEFAULT_CALIBRATION, precision: 0.99 });
    const lax = calibrate(pairs, { ...DEFAULT_CALIBRATION, precision: 0.8 });
    expect(lax.uncertainShare).toBeLessThan(strict.uncertainShare);
    expect([strict.targetPrecision, lax.targetPrecision]).toEqual([0.99, 0.8]);
    const { match, mismatch } = lax.decisions;
    expect(lax.uncertainShare).toBe((match.uncertain + mismatch.uncertain) / 1000);
  });

  it('takes mismatches of one caption for fewer than they are', () => {
    // Twenty captions, each the mismatch of twenty images, which score alike.
    const pairs = heldOut(800, 12, (label, noise) => 4 * label + noise);
    const caption = pairs.labels.map((_, i) => (i >> 1) % 20);
    const scores = pairs.scores.map((score, i) =>
      pairs.labels[i] === 1 ? score : pairs.scores[2 * caption[i]],
    );
    const least = (some: CalibrationPairs): number =>
      calibrate(some).calibrator.evidence?.match.logRatios.at(-1) ?? NaN;
    const apart = least({ ...pairs, scores });
    // Some twenty independent ones: the bound of no error among them is a twentieth of that among four hundred, or the log of 20 less.
    expect(apart - least({ ...pairs, scores, textRows: Uint32Array.from(caption) })).toBeGreaterThan(2);
  });

  it('shows the score itself, cut to [0, 1], beside what it made of it', () => {
    const pairs = heldOut(300, 8, (label, noise) => 0.2 + 0.1 * label + 0.2 * Math.tanh(noise));
    const { before, brier: after } = calibrate(pairs);
    const cut = pairs.scores.map((score) => Math.max(0, score));
    expect(before?.brier).toBe(brier(cut, pairs.labels));
    expect(before?.brier).toBeGreaterThan(after);
    expect(before?.bins.reduce((sum, { count }) => sum + count, 0)).toBe(300);
  });

  it('shows nothing before calibration where scores are no cosines', () => {
    expect(calibrate(heldOut(300, 8, (label, noise) => 3 * label + noise)).before).toBeNull();
  });

  it('holds no NaN, with equal scores, scores far out, or thirty pairs', () => {
    for (const pairs of [
      heldOut(200, 9, () => 0),
      heldOut(200, 9, (label) => 1e6 * label),
      heldOut(30, 9, (label, noise) => label + noise),
    ]) {
      expect(JSON.stringify(calibrate(pairs))).not.toMatch(/NaN|null,null/);
      const numbers = calibrate(pairs).probabilities;
      expect(numbers.every((p) => p >= 0 && p <= 1)).toBe(true);
    }
  });
});

describe('rocCurve', () => {
  it('climbs from corner to corner, ties in one step', () => {
    const { auc: area, points } = rocCurve(Float64Array.of(3, 2, 2, 1), Uint8Array.of(1, 1, 0, 0));
    expect(area).toBe(0.875);
    expect(points).toEqual([
      { falsePositiveRate: 0, truePositiveRate: 0 },
      { falsePositiveRate: 0, truePositiveRate: 0.5 },
      { falsePositiveRate: 0.5, truePositiveRate: 1 },
      { falsePositiveRate: 1, truePositiveRate: 1 },
    ]);
  });

  it('thins a long curve, both rates ascending to the corner, and keeps the area of the whole', () => {
    const { scores, labels } = heldOut(30_000, 10, (label, noise) => label + noise);
    const { auc: area, points } = rocCurve(scores, labels);
    expect(area).toBe(auc(scores, labels));
    expect(points.length).toBeLessThanOrEqual(400);
    expect(points.length).toBeGreaterThan(200);
    expect(points.at(-1)).toEqual({ falsePositiveRate: 1, truePositiveRate: 1 });
    for (let i = 1; i < points.length; i++) {
      expect(points[i].falsePositiveRate).toBeGreaterThanOrEqual(points[i - 1].falsePositiveRate);
      expect(points[i].truePositiveRate).toBeGreaterThanOrEqual(points[i - 1].truePositiveRate);
    }
  });
});

const DIM = 6;
const COUNT = 20;

/** Random embeddings; image i belongs to text COUNT - 1 - i, each pair a group of its own. */
function randomPairs(seed: number) {
  const random = createRandom(seed);
  const embeddings = (): Float32Array => {
    const rows = Float32Array.from({ length: COUNT * DIM }, () => random.nextGaussian());
    normalizeRows(rows, DIM);
    return rows;
  };
  const rows = Uint32Array.from({ length: COUNT }, (_, i) => i);
  return {
    dim: DIM,
    imageEmbeddings: embeddings(),
    textEmbeddings: embeddings(),
    imageRows: rows,
    textRows: rows.toReversed(),
    groups: Int32Array.from(rows),
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
const row = (matrix: Float32Array, i: number): Float32Array => matrix.subarray(i * DIM, (i + 1) * DIM);

describe('scoreHeldOut', () => {
  it('names the rows of every pair it scored, hard mismatches apart', () => {
    const pairs = randomPairs(11);
    const folds = groupedFolds(pairs.groups, 2, 0);
    const scored = scoreHeldOut(pairs, folds, [FULL, FULL], 0);
    const belongs = (image: number, text: number): boolean => text === COUNT - 1 - image;
    expect(scored.scores.length).toBe(2 * COUNT);
    expect(scored.hard.scores.length).toBe(COUNT);
    expect([...scored.marked]).toEqual(new Array(2 * COUNT).fill(0));
    for (const list of [scored, scored.hard]) {
      list.scores.forEach((score, i) => {
        const [image, text] = [list.imageRows[i], list.textRows[i]];
        expect(score).toBe(
          scoreFull(FULL, row(pairs.imageEmbeddings, image), row(pairs.textEmbeddings, text)),
        );
        expect(folds[list.folds[i]]).toContain(image);
        expect(folds[list.folds[i]]).toContain(COUNT - 1 - text);
        expect(list.groups[i]).toBe(image);
        expect(belongs(image, text)).toBe(list === scored && scored.labels[i] === 1);
      });
    }
  });

  it('scores marked mismatches by the model that had no part in their image, beside the drawn ones', () => {
    // Images 15 to 19 belong to no pair; 16 is in a group after the others.
    const all = randomPairs(12);
    const pairs = {
      ...all,
      imageRows: all.imageRows.slice(0, 15),
      textRows: all.textRows.slice(0, 15),
      groups: all.groups.slice(0, 15),
    };
    const mismatches = {
      imageRows: Uint32Array.of(3, 3, 8, 16, 17),
      textRows: Uint32Array.of(0, 1, 2, 3, 4),
      groups: Int32Array.of(3, 3, 8, 15, 16),
    };
    const folds = groupedFolds(pairs.groups, 3, 0);
    const models = [0, 1, 2].map((fold): UncalibratedModel => ({
      ...FULL,
      k: 2,
      projection: { kind: 'mask', indices: Uint32Array.of(2 * fold, 2 * fold + 1) },
    }));
    const without = scoreHeldOut(pairs, folds, models, 0);
    const scored = scoreHeldOut({ ...pairs, mismatches }, folds, models, 0);
    expect(scored.hard).toEqual(without.hard);
    const drawn = (_: unknown, i: number): boolean => scored.marked[i] === 0;
    expect(scored.scores.filter(drawn)).toEqual(without.scores);
    expect(scored.labels.filter(drawn)).toEqual(without.labels);
    const found = [...scored.marked.keys()].filter((i) => scored.marked[i] === 1);
    expect(found.map((i) => [scored.imageRows[i], scored.textRows[i]]).sort()).toEqual(
      Array.from(mismatches.imageRows, (image, i) => [image, mismatches.textRows[i]]).sort(),
    );
    for (const i of found) {
      const [image, text, fold] = [scored.imageRows[i], scored.textRows[i], scored.folds[i]];
      expect(scored.labels[i]).toBe(0);
      expect(scored.scores[i]).toBe(
        scoreFull(models[fold], row(pairs.imageEmbeddings, image), row(pairs.textEmbeddings, text)),
      );
      if (image < 15) expect(folds[fold]).toContain(image);
      else expect(fold).toBe(scored.groups[i] % 3);
    }
  });
});
