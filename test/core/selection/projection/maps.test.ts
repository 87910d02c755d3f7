import { describe, expect, it } from 'vitest';
import type { PairSet } from '../../../../src/core/pairs/pair-set.ts';
import { fitMap, mappedFeatures, pairFeaturesC } from '../../../../src/core/selection/projection/maps.ts';
import { mutualInformation } from '../../../../src/core/selection/information/mutual-information.ts';
import { parseStrategy } from '../../../../src/core/selection/strategy-names.ts';
import {
  prepareWhitenedCrossCovariance,
  whitenedCrossCovarianceMap,
} from '../../../../src/core/selection/projection/whitened-cross-covariance.ts';
import { centredPairs } from '../../../../src/core/selection/projection/whitened-maps.ts';
import { centredRows, prepareTraining } from '../../../../src/core/selection/training.ts';
import { dot, normalizeRows } from '../../../../src/core/vector.ts';
import { gaussians } from '../../random-data.ts';

const DIM = 12;

/** Images and captions that share their first four coordinates. */
function madeSet(pairs: number): PairSet {
  const imageEmbeddings = Float32Array.from(gaussians(pairs * DIM, 1));
  const noise = gaussians(pairs * DIM, 2);
  const textEmbeddings = Float32Array.from(noise, (x, i) => (i % DIM < 4 ? imageEmbeddings[i] + 0.3 * x : x));
  normalizeRows(imageEmbeddings, DIM);
  normalizeRows(textEmbeddings, DIM);
  const rows = Uint32Array.from({ length: pairs }, (_, i) => i);
  return {
    dim: DIM,
    imageEmbeddings,
    textEmbeddings,
    imageRows: rows,
    textRows: rows,
    groups: Int32Array.from(rows),
  };
}

const trainOn = (set: PairSet) => prepareTraining(set, set.imageRows, { centred: true, seed: 3 });
const fit = (name: string, k: number, pairs = 80) =>
  fitMap(parseStrategy(name), trainOn(madeSet(pairs)), { k, seed: 0 });

describe('fitMap', () => {
  it.each(['pca', 'pca-rfe', 'cross-covariance'])('%s gives orthonormal rows', (name) => {
    const { matrix } = fit(name, 5);
    expect(matrix).toHaveLength(5 * DIM);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j <= i; j++) {
        // Rows are float32.
        expect(dot(matrix, i * DIM, matrix, j * DIM, DIM)).toBeCloseTo(i === j ? 1 : 0, 5);
      }
    }
  });

  it.each(['pca', 'cross-covariance', 'whitened-cross-covariance', 'cca', 'contrastive-map'])(
    '%s begins with the map of a smaller k',
    (name) => {
      const [large, small] = [fit(name, 6).matrix, fit(name, 2).matrix];
      small.forEach((value, i) => expect(value).toBeCloseTo(large[i], 6));
    },
  );

  it.each([
    ['cross-covariance', 0.9],
    // Principal axes mix shared and other coordinates; those chosen hold more of the shared ones than the third of all.
    ['pca-rfe', 0.5],
  ] as const)('%s finds the coordinates that image and caption share', (name, least) => {
    const { matrix } = fit(name, 3, 400);
    const shared = [0, 1, 2].map((row) => dot(matrix, row * DIM, matrix, row * DIM, 4));
    expect((shared[0] + shared[1] + shared[2]) / 3).toBeGreaterThan(least);
  });

  it('maps only what a prefilter leaves', () => {
    const { matrix, params } = fit('f-statistic:5+pca', 3);
    const used = [...new Set(matrix.keys().map((i) => i % DIM))].filter((column) =>
      [0, 1, 2].some((row) => matrix[row * DIM + column] !== 0),
    );
    expect(used).toHaveLength(5);
    expect(params.prefiltered).toBe(5);
    expect(() => fit('f-statistic:2+pca', 3)).toThrow(/at most the 2 features/);
  });

  it.each(['pca', 'pca-rfe'])('%s pads with zeros the axes that few pairs do not have', (name) => {
    const { matrix } = fit(name, 10, 4);
    expect(matrix).toHaveLength(10 * DIM);
    expect(matrix.subarray(8 * DIM).every((value) => value === 0)).toBe(true);
    expect(matrix.subarray(0, 7 * DIM).some((value) => value !== 0)).toBe(true);
  });

  it('gives one map for both modalities when whitened together, and one each by cca, of a ridge that it reports', () => {
    const together = fit('whitened-cross-covariance', 4);
    const apart = fit('cca', 4);
    expect(together.textMatrix).toBeNull();
    expect(apart.textMatrix).toHaveLength(4 * DIM);
    expect(apart.textMatrix).not.toEqual(apart.matrix);
    for (const { params } of [together, apart]) {
      expect([1, 2, 3]).toContain(params.ridge);
      expect([0.5, 0.35, 0.2, 0.1]).toContain(params.power);
    }
    // Five groups cannot be held out twice three times.
    expect(fit('cca', 4, 5).params).toMatchObject({ ridge: 1, power: 0.5 });
  });

  it('scales whitened axes by the power of their eigenvalues that it reports', () => {
    const training = trainOn(madeSet(200));
    const { matrix, params } = fitMap(parseStrategy('whitened-cross-covariance'), training, {
      k: 4,
      seed: 0,
    });
    const { set, dim, images, texts, imageMean, textMean } = training;
    const prepared = prepareWhitenedCrossCovariance({
      images: centredRows(set.imageEmbeddings, dim, images.rows, imageMean),
      texts: centredRows(set.textEmbeddings, dim, texts.rows, textMean),
      ...centredPairs(training),
      dim,
    });
    const { map, eigenvalues } = whitenedCrossCovarianceMap(prepared, Number(params.ridge), 4);
    // Float32 rounds each number twice: 1e-7 of it.
    matrix.forEach((value, i) => {
      const factor = eigenvalues[Math.floor(i / dim)] ** (Number(params.power) - 0.5);
      expect(value).toBeCloseTo(map[i] * factor, 5);
    });
  });

  it.each(['whitened-cross-covariance', 'cca'])(
    '%s tells shared coordinates from loud ones that are not',
    (name) => {
      const set = madeSet(200);
      // The last coordinate is ten times as loud as any other, and images and captions do not share it.
      for (const rows of [set.imageEmbeddings, set.textEmbeddings]) {
        for (let at = DIM - 1; at < rows.length; at += DIM) rows[at] *= 10;
        normalizeRows(rows, DIM);
      }
      const { matrix } = fitMap(parseStrategy(name), trainOn(set), { k: 3, seed: 0 });
      for (let row = 0; row < 3; row++) {
        const all = dot(matrix, row * DIM, matrix, row * DIM, DIM);
        expect(dot(matrix, row * DIM, matrix, row * DIM, 4) / all).toBeGreaterThan(0.8);
      }
    },
  );

  it('orders the whitened axes by what their products tell about a match, axes of nothing last', () => {
    const training = trainOn(madeSet(200));
    const params = { k: DIM, seed: 0 };
    const axes = fitMap(parseStrategy('whitened-cross-covariance'), training, params);
    const ordered = fitMap(parseStrategy('whitened-mutual-information'), training, params);
    const count = Number(axes.params.positiveCount);
    expect(count).toBeLessThan(DIM);
    const features = mappedFeatures(training, { image: axes.matrix, text: axes.matrix }, count);
    const nats = mutualInformation(features, training.labels, { count: training.count, dim: count, seed: 0 });
    const order = [...nats.keys()].sort((a, b) => nats[b] - nats[a]);
    order.forEach((axis, row) => {
      expect(ordered.matrix.subarray(row * DIM, (row + 1) * DIM)).toEqual(
        axes.matrix.subarray(axis * DIM, (axis + 1) * DIM),
      );
    });
    expect(ordered.matrix.subarray(count * DIM).every((value) => value === 0)).toBe(true);
    expect(ordered.params).toMatchObject({
      ridge: axes.params.ridge,
      power: axes.params.power,
      neighbours: 3,
    });
  });

  it('widens both maps of cca behind a prefilter', () => {
    const { matrix, textMatrix } = fit('f-statistic:5+cca', 3);
    for (const map of [matrix, textMatrix ?? new Float32Array(0)]) {
      expect(map).toHaveLength(3 * DIM);
      const used = new Set([...map.keys()].filter((i) => map[i] !== 0).map((i) => i % DIM));
      expect(used.size).toBe(5);
    }
  });

  it('refuses masks', () => {
    expect(() => fit('variance', 3)).toThrow(/gives a mask/);
  });
});

describe('mappedFeatures', () => {
  it('are the products of mapped centred embeddings, match or mismatch', () => {
    const training = trainOn(madeSet(20));
    const { matrix } = fitMap(parseStrategy('pca'), training, { k: 2, seed: 0 });
    const features = mappedFeatures(training, { image: matrix, text: matrix }, 2);
    const { set, imageRows, textRows, imageMean, textMean } = training;
    const mapped = (embeddings: Float32Array, row: number, mean: Float32Array | null, j: number) => {
      let sum = 0;
      for (let i = 0; i < DIM; i++)
        sum += matrix[j * DIM + i] * (embeddings[row * DIM + i] - (mean?.[i] ?? 0));
      return sum;
    };
    for (const example of [0, 7, 25, 39]) {
      for (const j of [0, 1]) {
        const image = mapped(set.imageEmbeddings, imageRows[example], imageMean, j);
        const text = mapped(set.textEmbeddings, textRows[example], textMean, j);
        // float32 at each step.
        expect(features[example * 2 + j]).toBeCloseTo(image * text, 6);
      }
    }
  });
});

describe('mappedFeatures of marked mismatches', () => {
  it('takes an image or a caption that no pair has', () => {
    const set = madeSet(10);
    const extra = new Float32Array(set.textEmbeddings.length + DIM);
    extra.set(set.textEmbeddings);
    extra[set.textEmbeddings.length] = 1;
    const mismatches = {
      imageRows: Uint32Array.of(2),
      textRows: Uint32Array.of(10),
      groups: Int32Array.of(2),
    };
    const training = prepareTraining({ ...set, textEmbeddings: extra, mismatches }, set.imageRows, {
      centred: false,
      seed: 3,
    });
    const identity = Float32Array.from({ length: DIM * DIM }, (_, i) => (i % (DIM + 1) === 0 ? 1 : 0));
    expect(training.count).toBe(21);
    // Under the identity map these are the pair features themselves.
    expect(mappedFeatures(training, { image: identity, text: identity }, DIM)).toEqual(training.features);
  });
});

describe('pairFeaturesC', () => {
  it('is one over count times mean square, so that neither scale nor count decides', () => {
    expect(pairFeaturesC(Float32Array.of(1, -1, 1, 1), 2)).toBe(0.5);
    expect(pairFeaturesC(Float32Array.of(2, -2, 2, 2), 2)).toBe(0.125);
    expect(pairFeaturesC(new Float32Array(4), 2)).toBe(1);
  });
});
