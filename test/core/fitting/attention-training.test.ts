import { describe, expect, it } from 'vitest';
import { fuseCaptions } from '../../../src/core/scoring/caption-fusion.ts';
import { attendOne } from '../../../src/core/scoring/attention.ts';
import { createRandom } from '../../../src/core/random.ts';
import { fitAttentionFusion } from '../../../src/core/fitting/attention-training.ts';
import type { UncalibratedModel } from '../../../src/core/scoring/selection-model.ts';
import { cosineSimilarity, normalizeRows } from '../../../src/core/vector.ts';

interface World {
  readonly images: Float32Array;
  readonly texts: Float32Array;
  readonly pairImage: Uint32Array;
  readonly pairText: Uint32Array;
  readonly groups: Int32Array;
}

/**
 * `captions` texts an image, each the image plus noise. Under `turned` a text shows the image's coordinates one place
 * further on: plain cosine sees nothing, a learned map all.
 */
function world(
  count: number,
  k: number,
  { captions = 1, noise = 0.3, turned = false, seed = 0 } = {},
): World {
  const random = createRandom(seed);
  const images = Float32Array.from({ length: count * k }, () => random.nextGaussian());
  const texts = Float32Array.from({ length: count * captions * k }, (_, at) => {
    const [row, column] = [Math.floor(at / k), at % k];
    const image = Math.floor(row / captions) * k;
    return images[image + (turned ? (column + 1) % k : column)] + noise * random.nextGaussian();
  });
  normalizeRows(images, k);
  normalizeRows(texts, k);
  const pairText = Uint32Array.from({ length: count * captions }, (_, pair) => pair);
  const pairImage = pairText.map((pair) => Math.floor(pair / captions));
  return { images, texts, pairImage, pairText, groups: Int32Array.from(pairImage) };
}

const fit = ({ images, texts, pairImage, pairText, groups }: World, k: number, seed = 0) =>
  fitAttentionFusion(images, texts, pairImage, pairText, groups, { k, seed });

/** Share of texts nearest to their own image. */
function recallAt1(
  { images, texts, pairImage }: World,
  k: number,
  map: (text: Float32Array) => Float64Array,
): number {
  const row = (matrix: Float32Array, i: number) => matrix.subarray(i * k, (i + 1) * k);
  const hits = Array.from(pairImage, (own, text) => {
    const mapped = map(row(texts, text));
    const scores = Array.from({ length: images.length / k }, (_, i) =>
      cosineSimilarity(row(images, i), mapped),
    );
    return Number(scores.indexOf(Math.max(...scores)) === own);
  });
  return hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
}

const asIs = (text: Float32Array): Float64Array => Float64Array.from(text);

describe('fitAttentionFusion', () => {
  it('finds a map between the modalities that plain cosine does not see, on images it was not shown', () => {
    const fusion = fit(world(300, 8, { turned: true, seed: 1 }), 8);
    const unseen = world(100, 8, { turned: true, seed: 2 });
    const plain = recallAt1(unseen, 8, asIs);
    const learned = recallAt1(unseen, 8, (text) => attendOne(fusion, text));
    expect(plain).toBeLessThan(0.1);
    expect(learned).toBeGreaterThan(0.4);
  });

  it('leaves identity nearly alone where texts are noise and nothing can be learned', () => {
    for (let seed = 0; seed < 8; seed++) {
      const blind = world(60, 6, { seed });
      const random = createRandom(seed + 100);
      const texts = Float32Array.from(blind.texts, () => random.nextGaussian());
      normalizeRows(texts, 6);
      const fusion = fit({ ...blind, texts }, 6, seed);
      const kept = Array.from({ length: 60 }, (_, i) => {
        const text = texts.subarray(6 * i, 6 * i + 6);
        return cosineSimilarity(attendOne(fusion, text), text);
      });
      // The start is among what may be kept; a few lucky steps are too.
      expect(kept.reduce((sum, cosine) => sum + cosine) / 60, `seed ${seed}`).toBeGreaterThan(0.9);
    }
  });

  it('does no harm where identity is right already', () => {
    const fusion = fit(world(200, 12, { seed: 5 }), 12);
    const unseen = world(100, 12, { seed: 6 });
    const learned = recallAt1(unseen, 12, (text) => attendOne(fusion, text));
    // One text in a hundred, give or take.
    expect(learned).toBeGreaterThanOrEqual(recallAt1(unseen, 12, asIs) - 0.02);
  });

  it('learns to weigh a fitting caption above one of another image', () => {
    const k = 16;
    const fusion = fit(world(400, k, { captions: 2, seed: 7 }), k);
    const model: UncalibratedModel = {
      dim: k,
      k,
      imageMean: null,
      textMean: null,
      projection: { kind: 'full' },
      fusion,
    };
    const unseen = world(100, k, { captions: 2, seed: 8 });
    const text = (i: number) => unseen.texts.subarray(i * k, (i + 1) * k);
    const fitting = Array.from({ length: 100 }, (_, i) => {
      const image = unseen.images.subarray(i * k, (i + 1) * k);
      return fuseCaptions(model, image, [text(2 * i), text((2 * i + 9) % 200)]).weights[0];
    });
    // Equal weights are 0.5.
    expect(fitting.reduce((sum, weight) => sum + weight) / 100).toBeGreaterThan(0.75);
  });

  it('gives the same bytes for a seed, and others for another', () => {
    const small = world(40, 5, { captions: 2 });
    expect(fit(small, 5, 1)).toEqual(fit(small, 5, 1));
    expect(fit(small, 5, 2)).not.toEqual(fit(small, 5, 1));
  });

  it.each([1, 64, 70])('takes k of %i, with finite matrices of its shapes', (k) => {
    const { query, key, value, output } = fit(world(90, k), k);
    for (const matrix of [query, key, value, output]) {
      expect(matrix.length).toBe(64 * k);
      expect(matrix.every(Number.isFinite)).toBe(true);
    }
  });

  it('takes the fewest groups that an inner split leaves', () => {
    expect(fit(world(5, 4), 4).value.length).toBe(256);
    expect(() => fit(world(4, 4), 4)).toThrow(/at least 5 groups for 5 folds, got 4/);
  });

  it('rejects lists of different length and no pairs', () => {
    const some = world(10, 4);
    expect(() => fit({ ...some, groups: new Int32Array(3) }, 4)).toThrow(/got 10, 10 and 3/);
    const none = {
      ...some,
      pairImage: new Uint32Array(),
      pairText: new Uint32Array(),
      groups: new Int32Array(),
    };
    expect(() => fit(none, 4)).toThrow(/got 0, 0 and 0/);
  });
});
