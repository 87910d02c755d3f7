import { describe, expect, it } from 'vitest';
import { type PatchGrid, regionImages, type RegionMap } from '../../../src/core/evaluation/region-images.ts';
import { groupedFolds } from '../../../src/core/pairs/folds.ts';
import type { PairSet } from '../../../src/core/pairs/pair-set.ts';
import { createRandom } from '../../../src/core/random.ts';
import { columnMeans, dot, normalizeRows } from '../../../src/core/vector.ts';

const DIM = 6;
const COUNT = 8;
const FOLDS = { folds: 2, seed: 3, fold: 0 };

/** A pair a picture, each a group of its own; a picture's embedding is the mean of its patches. */
function makeSet(seed: number): { readonly set: PairSet; readonly patches: PatchGrid } {
  const random = createRandom(seed);
  const draw = (rows: number): Float32Array =>
    Float32Array.from({ length: rows * DIM }, () => random.nextGaussian());
  const pictures = Array.from({ length: COUNT }, () => draw(4));
  const imageEmbeddings = Float32Array.from(pictures.flatMap((rows) => [...columnMeans(rows, DIM)]));
  const textEmbeddings = draw(COUNT);
  normalizeRows(imageEmbeddings, DIM);
  normalizeRows(textEmbeddings, DIM);
  const rows = Uint32Array.from({ length: COUNT }, (_, i) => i);
  return {
    set: {
      dim: DIM,
      imageEmbeddings,
      textEmbeddings,
      imageRows: rows,
      textRows: rows,
      groups: Int32Array.from(rows),
    },
    patches: { rows: 2, columns: 2, pictures },
  };
}

/** The patch whose direction is an image's pooled embedding, when one patch is kept. */
function pickedPatch(patches: Float32Array, pooled: Float32Array): number {
  return [0, 1, 2, 3].find((patch) => {
    const row = patches.subarray(patch * DIM, (patch + 1) * DIM);
    return Math.abs(dot(row, 0, pooled, 0, DIM) / Math.hypot(...row) - 1) < 1e-6;
  }) as number;
}

describe('regionImages', () => {
  it.each<RegionMap>(['shares', 'grad-cam', 'centre'])('keeps whole pictures where %s keeps all', (map) => {
    const { set, patches } = makeSet(1);
    const { imageEmbeddings } = regionImages(set, patches, { map, share: 1 }, FOLDS);
    // float32 sums in another order.
    imageEmbeddings.forEach((x, i) => expect(x).toBeCloseTo(set.imageEmbeddings[i], 5));
  });

  it('picks the patch that adds most to the nearest training caption of another group', () => {
    const { set, patches } = makeSet(2);
    const held = groupedFolds(set.groups, FOLDS.folds, FOLDS.seed)[FOLDS.fold];
    const training = [0, 1, 2, 3, 4, 5, 6, 7].filter((row) => !held.includes(row));
    const rows = training.flatMap((row) => [...set.textEmbeddings.subarray(row * DIM, (row + 1) * DIM)]);
    const mean = columnMeans(Float32Array.from(rows), DIM);
    const { imageEmbeddings } = regionImages(set, patches, { map: 'shares', share: 0.25 }, FOLDS);
    for (let image = 0; image < COUNT; image++) {
      const score = (row: number, vector: Float32Array): number => {
        let sum = 0;
        for (let i = 0; i < DIM; i++) sum += vector[i] * (set.textEmbeddings[row * DIM + i] - mean[i]);
        return sum;
      };
      const whole = set.imageEmbeddings.subarray(image * DIM, (image + 1) * DIM);
      const others = training.filter((row) => row !== image);
      const nearest = others.reduce((a, b) => (score(b, whole) > score(a, whole) ? b : a));
      const shares = [0, 1, 2, 3].map((patch) =>
        score(nearest, patches.pictures[image].subarray(patch * DIM, (patch + 1) * DIM)),
      );
      const pooled = imageEmbeddings.subarray(image * DIM, (image + 1) * DIM);
      expect(pickedPatch(patches.pictures[image], pooled)).toBe(shares.indexOf(Math.max(...shares)));
    }
  });

  it('does not look at captions of the held-out fold', () => {
    const { set, patches } = makeSet(3);
    const held = groupedFolds(set.groups, FOLDS.folds, FOLDS.seed)[FOLDS.fold];
    const textEmbeddings = set.textEmbeddings.slice();
    for (const pair of held) textEmbeddings.fill(1 / Math.sqrt(DIM), pair * DIM, (pair + 1) * DIM);
    const choice = { map: 'grad-cam', share: 0.5 } as const;
    expect(regionImages({ ...set, textEmbeddings }, patches, choice, FOLDS).imageEmbeddings).toEqual(
      regionImages(set, patches, choice, FOLDS).imageEmbeddings,
    );
  });

  it('refuses patches of another number of pictures', () => {
    const { set, patches } = makeSet(4);
    const fewer = { ...patches, pictures: patches.pictures.slice(1) };
    expect(() => regionImages(set, fewer, { map: 'shares', share: 0.5 }, FOLDS)).toThrow(
      'expected patches of 8 pictures, got 7',
    );
  });
});
