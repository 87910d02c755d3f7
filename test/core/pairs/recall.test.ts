import { describe, expect, it } from 'vitest';
import { recallAtK } from '../../../src/core/pairs/recall.ts';
import { createRandom, shuffle } from '../../../src/core/random.ts';
import { dot } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

/** Rank everything, break ties by a random order, count hits; averaged over many orders. */
function slowImageToText(
  images: Float32Array,
  texts: Float32Array,
  dim: number,
  imageGroups: readonly number[],
  textGroups: readonly number[],
  k: number,
  orders: number,
): number {
  const random = createRandom(99);
  let hits = 0;
  for (let order = 0; order < orders; order++) {
    imageGroups.forEach((group, image) => {
      const items = Uint32Array.from(textGroups, (_, text) => text);
      shuffle(items, random);
      const score = (text: number) => dot(images, image * dim, texts, text * dim, dim);
      const best = [...items].sort((a, b) => score(b) - score(a)).slice(0, k);
      if (best.some((text) => textGroups[text] === group)) hits++;
    });
  }
  return hits / (orders * imageGroups.length);
}

describe('recallAtK', () => {
  it('counts known hits both ways, several captions an image', () => {
    // Image 0 points right, image 1 up; captions: right, up (of image 0!), up.
    const recall = recallAtK(
      {
        images: Float32Array.of(1, 0, 0, 1),
        texts: Float32Array.of(1, 0, 0.1, 1, 0, 0.9),
        dim: 2,
        imageGroups: [0, 1],
        textGroups: [0, 0, 1],
      },
      [1, 2],
    );
    expect(recall.imageToText).toEqual([0.5, 1]);
    expect(recall.textToImage).toEqual([2 / 3, 1]);
  });

  it('agrees with sorting everything, ties in random order', () => {
    const dim = 3;
    const images = Float32Array.from(gaussians(12 * dim, 1), (x) => Math.round(x));
    const texts = Float32Array.from(gaussians(24 * dim, 2), (x) => Math.round(x));
    const imageGroups = Array.from({ length: 12 }, (_, i) => i);
    const textGroups = Array.from({ length: 24 }, (_, i) => i >> 1);
    const { imageToText } = recallAtK({ images, texts, dim, imageGroups, textGroups }, [1, 3, 10]);
    [1, 3, 10].forEach((k, i) => {
      const slow = slowImageToText(images, texts, dim, imageGroups, textGroups, k, 400);
      // Ties of 12 queries over 400 orders: standard error below 0.008.
      expect(Math.abs(imageToText[i] - slow), `K = ${k}`).toBeLessThan(0.035);
    });
  });

  it('gives chance, not luck, for vectors that are all equal', () => {
    const groups = Array.from({ length: 20 }, (_, i) => i);
    const zeros = new Float32Array(40);
    const { imageToText } = recallAtK(
      { images: zeros, texts: zeros, dim: 2, imageGroups: groups, textGroups: groups },
      [1, 5, 20],
    );
    expect(imageToText[0]).toBeCloseTo(1 / 20, 12);
    expect(imageToText[1]).toBeCloseTo(5 / 20, 12);
    expect(imageToText[2]).toBe(1);
  });

  it('grows with K and does not depend on the order of the items', () => {
    const dim = 4;
    const images = Float32Array.from(gaussians(30 * dim, 3));
    const texts = Float32Array.from(gaussians(30 * dim, 4));
    const groups = Array.from({ length: 30 }, (_, i) => i);
    const ks = [1, 2, 5, 10, 30];
    const { imageToText } = recallAtK({ images, texts, dim, imageGroups: groups, textGroups: groups }, ks);
    for (let i = 1; i < ks.length; i++) expect(imageToText[i]).toBeGreaterThanOrEqual(imageToText[i - 1]);
    expect(imageToText[4]).toBe(1);
    const flipped = new Float32Array(30 * dim);
    groups.forEach((group) =>
      flipped.set(texts.subarray(group * dim, (group + 1) * dim), (29 - group) * dim),
    );
    const moved = recallAtK(
      { images, texts: flipped, dim, imageGroups: groups, textGroups: groups.toReversed() },
      ks,
    );
    expect(moved.imageToText).toEqual(imageToText);
  });

  it('leaves out a query without a partner', () => {
    const set = {
      images: Float32Array.of(1, 2),
      texts: Float32Array.of(1),
      dim: 1,
      imageGroups: [0, 1],
      textGroups: [0],
    };
    expect(recallAtK(set, [1]).imageToText).toEqual([1]);
  });

  it('rejects K below 1, groups of another length, and nothing to find', () => {
    const set = {
      images: Float32Array.of(1),
      texts: Float32Array.of(1),
      dim: 1,
      imageGroups: [0],
      textGroups: [0],
    };
    expect(() => recallAtK(set, [0])).toThrow(/K of at least 1/);
    expect(() => recallAtK({ ...set, imageGroups: [0, 1] }, [1])).toThrow(/1 image groups/);
    expect(() => recallAtK({ ...set, textGroups: [5] }, [1])).toThrow(/at least one query/);
  });
});
