import { describe, expect, it } from 'vitest';
import { sigmoid } from '../../../src/core/calibration/log-odds.ts';
import { DEFAULT_CALIBRATION, calibrate } from '../../../src/core/evaluation/calibrate.ts';
import { chanceCalibrationError } from '../../../src/core/evaluation/chance-calibration-error.ts';
import { type HeldOutScores, scoreWithinKinds } from '../../../src/core/evaluation/held-out.ts';
import { type KindReliability, kindReliability } from '../../../src/core/evaluation/kind-reliability.ts';
import { auc, brier, expectedCalibrationError } from '../../../src/core/evaluation/metrics.ts';
import {
  aucStatistic,
  brierStatistic,
  eceStatistic,
  logLossStatistic,
} from '../../../src/core/evaluation/probability-statistics.ts';
import { type Estimate, resampledEstimates } from '../../../src/core/evaluation/resampled-estimate.ts';
import { groupedFolds } from '../../../src/core/pairs/folds.ts';
import { createRandom } from '../../../src/core/random.ts';
import { scoreFull } from '../../../src/core/scoring/scoring.ts';
import type { UncalibratedModel } from '../../../src/core/scoring/selection-model.ts';
import { normalizeRows } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';
import { readFixture } from '../read-fixture.ts';

interface Figures {
  readonly ece: number;
  readonly brier: number;
  readonly logLoss: number;
}

interface Fixture {
  readonly names: string[];
  readonly kinds: number[];
  readonly groups: number[];
  readonly folds: number[];
  readonly labels: number[];
  readonly marked: number[];
  readonly scores: number[];
  readonly shared: Figures;
  readonly expected: readonly (Figures & {
    readonly kind: string;
    readonly auc: number;
    readonly chance: { readonly mean: number; readonly high: number };
    readonly own: Figures;
  })[];
}

const FIXTURE = readFixture<Fixture>('kinds');
const NO_PAIRS = { scores: new Float64Array(), groups: new Int32Array(), kindOf: new Uint8Array() };

function pairsOf({ kinds, groups, folds, labels, marked, scores }: Fixture) {
  return {
    scores: Float64Array.from(scores),
    labels: Uint8Array.from(labels),
    folds: Uint32Array.from(folds),
    groups: Int32Array.from(groups),
    marked: Uint8Array.from(marked),
    kindOf: Uint8Array.from(kinds),
  };
}

function reliability(fixture: Fixture): KindReliability {
  const pairs = pairsOf(fixture);
  const calibration = calibrate(pairs);
  return kindReliability(pairs, NO_PAIRS, fixture.names, calibration, DEFAULT_CALIBRATION);
}

/** Newton's method here and BFGS there end within 1e-8 of one another; a probability moves by less than the scores times that. */
const DIGITS = 6;

function expectFigures(
  actual: Record<'ece' | 'brier' | 'logLoss', Estimate>,
  { ece, brier: b, logLoss: l }: Figures,
): void {
  expect(actual.ece.value).toBeCloseTo(ece, DIGITS);
  expect(actual.brier.value).toBeCloseTo(b, DIGITS);
  expect(actual.logLoss.value).toBeCloseTo(l, DIGITS);
}

describe('kindReliability', () => {
  it('agrees with scikit-learn and scipy on every kind, under the shared calibrator and its own', () => {
    const { kinds } = reliability(FIXTURE);
    expect(kinds.map(({ kind }) => kind)).toEqual(FIXTURE.names);
    for (const [i, figures] of kinds.entries()) {
      const expected = FIXTURE.expected[i];
      expectFigures(figures, expected);
      expect(figures.auc?.value).toBeCloseTo(expected.auc, 12);
      expect(figures.own?.calibrator).toBe('platt');
      if (figures.own === null) throw new Error('a kind without a calibrator of its own');
      expectFigures(figures.own, expected.own);
      expect(figures.own.cost.value).toBeCloseTo(expected.logLoss - expected.own.logLoss, DIGITS);
    }
  });

  it('tells a kind that the shared calibrator does not fit by what chance gives at its number of pairs', () => {
    const { kinds } = reliability(FIXTURE);
    for (const [i, { chance, ece, fits }] of kinds.entries()) {
      const expected = FIXTURE.expected[i].chance;
      // 1,999 draws here, 100,000 there: the mean is told to 1%, a quantile far out to some.
      expect(Math.abs(chance.mean / expected.mean - 1)).toBeLessThan(0.04);
      expect(Math.abs(chance.high / expected.high - 1)).toBeLessThan(0.08);
      expect(chance.level).toBeCloseTo(1 - 0.05 / 3, 12);
      expect(fits).toBe(ece.value <= chance.high);
    }
    expect(kinds.map(({ fits }) => fits)).toEqual([false, false, true]);
  });

  it('counts matches and mismatches, and leaves marked ones out of the AUC', () => {
    const { kinds } = reliability(FIXTURE);
    expect(kinds.map(({ pairs, matches, mismatches }) => [pairs, matches, mismatches])).toEqual([
      [300, 150, 150],
      [160, 80, 80],
      [160, 60, 100],
    ]);
    expect(kinds.every(({ bins, pairs }) => bins.reduce((sum, bin) => sum + bin.count, 0) === pairs)).toBe(
      true,
    );
    const { scores, labels, folds, groups, kindOf } = pairsOf(FIXTURE);
    const unmarked = { scores, labels, folds, groups, kindOf };
    const all = kindReliability(unmarked, NO_PAIRS, FIXTURE.names, calibrate(unmarked), DEFAULT_CALIBRATION);
    expect(all.kinds[2].auc?.value).not.toBeCloseTo(FIXTURE.expected[2].auc, 3);
  });

  it('weighs kinds by their pairs in the figures of all together', () => {
    const { kinds, together } = reliability(FIXTURE);
    const total = kinds.reduce((sum, { pairs }) => sum + pairs, 0);
    const mean = (of: (kind: (typeof kinds)[number]) => number): number =>
      kinds.reduce((sum, kind) => sum + kind.pairs * of(kind), 0) / total;
    expect(together?.pairs).toBe(total);
    expect(together?.shared.logLoss.value).toBeCloseTo(
      mean(({ logLoss: { value } }) => value),
      12,
    );
    expect(together?.own.brier.value).toBeCloseTo(
      mean(({ own }) => own?.brier.value ?? NaN),
      12,
    );
    expect(together?.cost.value).toBeCloseTo(
      mean(({ own }) => own?.cost.value ?? NaN),
      12,
    );
    expect(together?.cost.low).toBeGreaterThan(0);
  });

  it('takes one kind of all pairs for the set itself', () => {
    const one = { ...FIXTURE, names: ['all'], kinds: FIXTURE.kinds.map(() => 0) };
    const { kinds } = reliability(one);
    expectFigures(kinds[0], FIXTURE.shared);
    expect(kinds[0].own?.cost).toEqual({ value: 0, low: 0, high: 0 });
    expect(kinds[0].aucWithinKind).toBeNull();
  });

  it('has no calibrator of its own for a kind that lies in one fold, nor an AUC for one without mismatches', () => {
    const lone = {
      names: [...FIXTURE.names, 'lone'],
      kinds: [...FIXTURE.kinds, 3, 3],
      groups: [...FIXTURE.groups, 9000, 9000],
      folds: [...FIXTURE.folds, 2, 2],
      labels: [...FIXTURE.labels, 1, 0],
      marked: [...FIXTURE.marked, 0, 1],
      scores: [...FIXTURE.scores, 0.6, 0.2],
    };
    const { kinds, together } = reliability({ ...FIXTURE, ...lone });
    expect(kinds[3]).toMatchObject({ pairs: 2, matches: 1, auc: null, aucWithinKind: null, own: null });
    expect(together?.pairs).toBe(FIXTURE.labels.length);
  });

  it('seldom blames a calibrator that is right, and finds one that is not', () => {
    const blamed = (shift: number, rounds: number): number =>
      Array.from({ length: rounds }, (_, round) => reliability(drawnKinds(round, shift))).filter(
        ({ kinds }) => kinds.some(({ fits }) => !fits),
      ).length;
    // 1 in 20 is meant; of 40 that is at most 6 in 99 of 100 cases (binomial).
    expect(blamed(0, 40)).toBeLessThanOrEqual(6);
    expect(blamed(1.2, 15)).toBeGreaterThanOrEqual(14);
  });
});

/** Matches and mismatches of two kinds; the scores of the second lie higher by a shift. */
function drawnKinds(seed: number, shift: number): Fixture {
  const random = createRandom(seed);
  const pairs = Array.from({ length: 200 }, (_, group) => ({ group, kind: group % 4 === 0 ? 1 : 0 }));
  const rows = pairs.flatMap(({ group, kind }) => {
    const fold = random.nextInt(5);
    return [1, 0].map((label) => ({
      group,
      kind,
      fold,
      label,
      score: 2 * label + shift * kind + random.nextGaussian(),
    }));
  });
  return {
    ...FIXTURE,
    names: ['common', 'rare'],
    kinds: rows.map(({ kind }) => kind),
    groups: rows.map(({ group }) => group),
    folds: rows.map(({ fold }) => fold),
    labels: rows.map(({ label }) => label),
    marked: rows.map(() => 0),
    scores: rows.map(({ score }) => score),
  };
}

describe('chanceCalibrationError', () => {
  it('is what probabilities that are right have, and less of more pairs', () => {
    const random = createRandom(3);
    const probabilities = Float64Array.from({ length: 400 }, () => random.next());
    const { mean, high } = chanceCalibrationError(probabilities, 0.95, 1);
    const drawn = Array.from({ length: 300 }, () =>
      expectedCalibrationError(
        probabilities,
        Uint8Array.from(probabilities, (p) => Number(random.next() < p)),
      ),
    );
    expect(drawn.reduce((sum, ece) => sum + ece, 0) / 300).toBeCloseTo(mean, 2);
    // 15 of 300 are meant to lie above: 5 to 28 in 999 of 1,000 cases (binomial).
    const above = drawn.filter((ece) => ece > high).length;
    expect(above).toBeGreaterThanOrEqual(5);
    expect(above).toBeLessThanOrEqual(28);
    const many = Float64Array.from({ length: 6400 }, (_, i) => probabilities[i % 400]);
    // Sixteen times as many pairs, a quarter of the error.
    expect(chanceCalibrationError(many, 0.95, 1).mean).toBeCloseTo(mean / 4, 3);
  });

  it('rejects no probabilities', () => {
    expect(() => chanceCalibrationError(new Float64Array(), 0.95, 0)).toThrow(RangeError);
  });
});

describe('resampledEstimates', () => {
  it('gives each figure as it is worked out of the pairs themselves', () => {
    const scores = gaussians(90, 4).map((x) => Math.round(2 * x) / 2);
    const labels = Uint8Array.from(scores, (score, i) => Number(score + Math.cos(i) > 0));
    const probabilities = scores.map(sigmoid);
    const groups = Int32Array.from(scores, (_, i) => i >> 1);
    const [a, b, c, d] = resampledEstimates(
      groups,
      [
        aucStatistic(scores, labels),
        brierStatistic(probabilities, labels),
        logLossStatistic(probabilities, labels),
        eceStatistic(probabilities, labels),
      ],
      0,
    );
    expect(a.value).toBeCloseTo(auc(scores, labels), 12);
    expect(b.value).toBeCloseTo(brier(probabilities, labels), 12);
    const losses = [...probabilities].map((p, i) => -Math.log(labels[i] === 1 ? p : 1 - p));
    expect(c.value).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / losses.length, 12);
    expect(d.value).toBeCloseTo(expectedCalibrationError(probabilities, labels), 12);
    for (const { value, low, high } of [a, b, c, d]) {
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
      expect(high).toBeGreaterThan(low);
    }
  });

  it('is as wide as the normal interval of a mean, by groups where pairs of one repeat each other', () => {
    const values = gaussians(400, 5);
    const mean = {
      of: (weights: Float64Array): number =>
        weights.reduce((sum, weight, i) => sum + weight * values[i], 0) / weights.reduce((a, b) => a + b),
      least: -Infinity,
      most: Infinity,
    };
    const width = (groups: Int32Array): number => {
      const [{ low, high }] = resampledEstimates(groups, [mean], 6);
      return high - low;
    };
    const alone = width(Int32Array.from(values, (_, i) => i));
    // 500 resamples tell a width to a tenth.
    expect(Math.abs(alone / ((2 * 1.96) / Math.sqrt(400)) - 1)).toBeLessThan(0.15);
    for (let i = 0; i < 400; i++) values[i] = values[i - (i % 4)];
    expect(width(Int32Array.from(values, (_, i) => i >> 2)) / alone).toBeGreaterThan(1.6);
  });

  it('passes over resamples of one class', () => {
    const [estimate] = resampledEstimates(
      [0, 1, 2],
      [aucStatistic(Float64Array.of(1, 2, 3), Uint8Array.of(0, 1, 1))],
      0,
    );
    expect(estimate).toEqual({ value: 1, low: 1, high: 1 });
  });
});

describe('scoreWithinKinds', () => {
  it('draws each caption from another group of the same kind and fold, and leaves a lone group out', () => {
    const count = 60;
    const dim = 6;
    const imageEmbeddings = Float32Array.from(gaussians(count * dim, 8));
    const textEmbeddings = Float32Array.from(gaussians(count * dim, 9));
    normalizeRows(imageEmbeddings, dim);
    normalizeRows(textEmbeddings, dim);
    const rows = Uint32Array.from({ length: count }, (_, i) => i);
    const groups = Int32Array.from(rows, (i) => i >> 1);
    // Two pairs of one group are the only ones of the third kind.
    const kindOf = Uint8Array.from(rows, (i) => (i < 2 ? 2 : (i >> 1) % 2));
    const pairs = { dim, imageEmbeddings, textEmbeddings, imageRows: rows, textRows: rows, groups };
    const folds = groupedFolds(groups, 3, 0);
    const model: UncalibratedModel = {
      dim,
      k: dim,
      imageMean: null,
      textMean: null,
      projection: { kind: 'full' },
      fusion: { kind: 'identity' },
    };
    const scored: HeldOutScores['hard'] = scoreWithinKinds(pairs, kindOf, folds, [model, model, model], 1);
    expect([...scored.sources].sort((a, b) => a - b)).toEqual([...rows.subarray(2)]);
    scored.sources.forEach((pair, i) => {
      const partner = scored.textRows[i];
      expect(kindOf[partner]).toBe(kindOf[pair]);
      expect(groups[partner]).not.toBe(groups[pair]);
      expect([...folds[scored.folds[i]]]).toEqual(expect.arrayContaining([pair, partner]));
      const vector = (matrix: Float32Array, row: number): Float32Array =>
        matrix.slice(row * dim, (row + 1) * dim);
      const score = scoreFull(
        { ...model },
        vector(imageEmbeddings, scored.imageRows[i]),
        vector(textEmbeddings, partner),
      );
      expect(scored.scores[i]).toBeCloseTo(score, 6);
    });
  });
});
