import { describe, expect, it } from 'vitest';
import {
  type AnyMatchFit,
  answerAnyMatch,
  bestFeatures,
  resultFeatures,
} from '../../../src/core/calibration/any-match.ts';
import type { PairSet } from '../../../src/core/pairs/pair-set.ts';
import { fitDomain } from '../../../src/core/evaluation/fit-domain.ts';
import { fitAnyMatch, knownSearches } from '../../../src/core/evaluation/fit-any-match.ts';
import { groupedFolds } from '../../../src/core/pairs/folds.ts';
import { createRandom } from '../../../src/core/random.ts';
import type { UncalibratedModel } from '../../../src/core/scoring/selection-model.ts';
import { scoreSpread } from '../../../src/core/search/score-spread.ts';
import { normalizeRows } from '../../../src/core/vector.ts';

const DIM = 16;
const COUNT = 200;
const MODEL: UncalibratedModel = {
  dim: DIM,
  k: DIM,
  imageMean: null,
  textMean: null,
  projection: { kind: 'full' },
  fusion: { kind: 'identity' },
};

/** Texts are their images and noise. */
function drawPairs(seed: number, count = COUNT): PairSet {
  const random = createRandom(seed);
  const imageEmbeddings = Float32Array.from({ length: count * DIM }, () => random.nextGaussian());
  const textEmbeddings = imageEmbeddings.map((value) => value + 0.7 * random.nextGaussian());
  normalizeRows(imageEmbeddings, DIM);
  normalizeRows(textEmbeddings, DIM);
  const rows = Uint32Array.from({ length: count }, (_, i) => i);
  return {
    dim: DIM,
    imageEmbeddings,
    textEmbeddings,
    imageRows: rows,
    textRows: rows,
    groups: Int32Array.from(rows),
  };
}

describe('a fit of whether anything fits', () => {
  const pairs = drawPairs(1);
  const domain = fitDomain(pairs, 0, null);
  const folds = groupedFolds(pairs.groups, 4, 0);
  const models = folds.map(() => MODEL);
  const { text, image } = fitAnyMatch(pairs, folds, models, domain, 0);

  it('tells new queries with an answer from those without, at every size, with probabilities that hold', () => {
    const fresh = drawPairs(2);
    const held = Uint32Array.from(fresh.groups.keys());
    for (const [fit, modality, other] of [
      [text, 'text', domain.image],
      [image, 'image', domain.text],
    ] as const) {
      if (fit === null || other === null) throw new Error('nothing was fitted');
      for (const size of [4, 16, 150]) {
        const searches = knownSearches(fresh, held, MODEL, { modality, other, random: createRandom(3) }, [
          size,
        ]);
        const answers = searches.map(({ best }) => answerAnyMatch(fit, best).anyMatch ?? NaN);
        const present = answers.filter((_, i) => searches[i].label);
        const absent = answers.filter((_, i) => !searches[i].label);
        expect(present).toHaveLength(COUNT);
        expect(auc(present, absent), `${modality} ${size}`).toBeGreaterThan(size > 100 ? 0.85 : 0.9);
        // Half of them have an answer; three standard errors of 400 are 0.075.
        const mean = answers.reduce((a, b) => a + b, 0) / answers.length;
        expect(Math.abs(mean - 0.5), `${modality} ${size}`).toBeLessThan(0.1);
      }
    }
  });

  it('draws queries together with what belongs to them where a fold is large', () => {
    const many = drawPairs(4, 3000);
    if (domain.image === null) throw new Error('no domain was fitted');
    const held = Uint32Array.from(many.groups.keys());
    const side = { modality: 'text', other: domain.image, random: createRandom(5) } as const;
    // Each of 400 with an answer and without; of two draws from 3,000 only 53 would belong together.
    expect(knownSearches(many, held, MODEL, side, [2])).toHaveLength(2 * 400);
  });

  it('is the same for the same seed, and null without a domain or for few pairs', () => {
    expect(fitAnyMatch(pairs, folds, models, domain, 0)).toEqual({ image, text });
    const none = fitAnyMatch(pairs, folds, models, { image: null, text: domain.text }, 0);
    expect([none.text, none.image === null]).toEqual([null, false]);
    const few = { ...pairs, imageRows: pairs.imageRows.slice(0, 8), textRows: pairs.textRows.slice(0, 8) };
    const held = [Uint32Array.of(0, 1, 2, 3), Uint32Array.of(4, 5, 6, 7)];
    const fewPairs = { ...few, groups: pairs.groups.slice(0, 8) };
    expect(fitAnyMatch(fewPairs, held, [MODEL, MODEL], domain, 0)).toEqual({ image: null, text: null });
  });
});

describe('an answer', () => {
  // anyMatch = sigmoid(10·best − 5), a result fits from 0.5 on.
  const fit: AnyMatchFit = {
    any: Float64Array.of(-5, 10, 0, 0, 0, 0),
    result: Float64Array.of(-5, 10, 0, 0, 0),
  };
  const answer = (...scores: number[]): unknown => answerAnyMatch(fit, { scores, count: 100, spread: 0.1 });

  it('counts results from the first on to the first that does not fit', () => {
    expect(answer(0.9, 0.6, 0.4, 0.7)).toEqual({ anyMatch: 1 / (1 + Math.exp(-4)), relevantCount: 2 });
    // Results are in the order of their cosines, which may be another: the best score need not be the first.
    expect(answer(0.4, 0.9)).toEqual({ anyMatch: 1 / (1 + Math.exp(-4)), relevantCount: 1 });
  });

  it('counts none where nothing fits', () => {
    expect(answer(0.4, 0.3)).toEqual({ anyMatch: 1 / (1 + Math.exp(1)), relevantCount: 0 });
  });

  it('is of the features that are documented', () => {
    const scores = [0.9, 0.5, 0.3, 0.1];
    const best = { scores, count: 1000, spread: 0.2 };
    expect(bestFeatures(best)).toEqual([1, 0.9, 0.9 - 0.3, 0.9 - 0.5, Math.log(1000), 0.2]);
    const [one, score, lead, log, spread] = resultFeatures(best, 0.5);
    expect([one, score, log, spread]).toEqual([1, 0.5, Math.log(1000), 0.2]);
    expect(lead).toBeCloseTo(0.5 - 0.2, 12);
  });

  it('takes the spread of a query over the axes of the other side', () => {
    const domain = {
      mean: new Float32Array(3),
      axes: Int8Array.of(0, 100, 0, 0, 0, 50),
      scales: Float32Array.of(0.01, 0.02),
      deviations: Float32Array.of(0.5, 0.25),
      residual: 0.1,
      distance: { mean: 0, deviation: 1 },
      mahalanobis: { mean: 0, deviation: 1 },
      distances: Float64Array.of(0),
      shares: Float64Array.of(1),
    };
    const model = { ...MODEL, dim: 3, k: 3 };
    const spread = scoreSpread(model, 'text', Float32Array.of(0.6, 0, 0.8), domain);
    expect(spread).toBeCloseTo(0.8 * 0.25, 6);
    expect(scoreSpread(model, 'text', Float32Array.of(0, 1, 0), domain)).toBeCloseTo(0.5, 6);
  });
});

/** Share of pairs of both in which the first is larger. */
function auc(larger: readonly number[], smaller: readonly number[]): number {
  let wins = 0;
  for (const a of larger) for (const b of smaller) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / (larger.length * smaller.length);
}
