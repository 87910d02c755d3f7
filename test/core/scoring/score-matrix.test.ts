import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.ts';
import { cosineMatrix, scoreMatrix } from '../../../src/core/scoring/score-matrix.ts';
import { scoreProjected } from '../../../src/core/scoring/scoring.ts';
import type { UncalibratedModel } from '../../../src/core/scoring/selection-model.ts';
import { cosineSimilarity } from '../../../src/core/vector.ts';

const random = createRandom(7);
const vectors = (count: number, dim: number, scale = 1): Float32Array[] =>
  Array.from({ length: count }, () =>
    Float32Array.from({ length: dim }, () => scale * random.nextGaussian()),
  );

/** Both sum at most 512 products in float64, in another order: the difference stays below 512 roundings of the largest sum. */
const TOLERANCE = 1e-13;

describe('cosineMatrix', () => {
  it.each([
    { images: 1, texts: 1, dim: 1 },
    { images: 2, texts: 2, dim: 4 },
    { images: 3, texts: 5, dim: 7 },
    { images: 4, texts: 1, dim: 512 },
    { images: 1, texts: 6, dim: 511 },
  ])(
    'is cosineSimilarity of every pair: $images × $texts of $dim',
    ({ images: rows, texts: columns, dim }) => {
      const images = vectors(rows, dim);
      const texts = vectors(columns, dim);
      const cosines = cosineMatrix(images, texts);
      expect(cosines).toHaveLength(rows * columns);
      images.forEach((image, row) =>
        texts.forEach((text, column) => {
          const difference = cosines[row * columns + column] - cosineSimilarity(image, text);
          expect(Math.abs(difference)).toBeLessThan(TOLERANCE);
        }),
      );
    },
  );

  it('gives equal inputs equal cosines, wherever they stand', () => {
    const [image] = vectors(1, 512);
    const [text] = vectors(1, 512);
    const cosines = cosineMatrix([image, image, image], [text, text, text, text, text]);
    expect(new Set(cosines).size).toBe(1);
  });

  it('is 0 for a zero vector and stays within [-1, 1] at both ends of float32', () => {
    const huge = Float32Array.of(3e38, 3e38);
    const tiny = Float32Array.of(1e-45, 0);
    const cosines = cosineMatrix([huge, tiny], [Float32Array.of(0, 0), huge, tiny.map((x) => -x)]);
    expect([...cosines]).toEqual([
      0,
      1,
      expect.closeTo(-Math.SQRT1_2, 12),
      0,
      expect.closeTo(Math.SQRT1_2, 12),
      -1,
    ]);
  });

  it('is NaN where a number is, and nowhere else', () => {
    const cosines = cosineMatrix([Float32Array.of(NaN, 1), Float32Array.of(1, 0)], [Float32Array.of(1, 0)]);
    expect([...cosines]).toEqual([NaN, 1]);
  });

  it('is empty where a side is', () => {
    expect(cosineMatrix([], vectors(2, 3))).toHaveLength(0);
    expect(cosineMatrix(vectors(2, 3), [])).toHaveLength(0);
  });

  it('refuses vectors of different length', () => {
    expect(() => cosineMatrix(vectors(2, 3), [...vectors(1, 3), ...vectors(1, 4)])).toThrow(
      new RangeError('expected vectors of one length, got 3 and 4'),
    );
  });
});

describe('scoreMatrix', () => {
  const model = { dim: 8, k: 8, imageMean: null, textMean: null, projection: { kind: 'full' } } as const;

  it.each<UncalibratedModel>([
    { ...model, fusion: { kind: 'identity' } },
    { ...model, fusion: { kind: 'weighted', weights: vectors(1, 8)[0], bias: -0.5 } },
  ])('is scoreProjected of every pair: $fusion.kind', (uncalibrated) => {
    const images = vectors(3, 8, 0.3);
    const texts = vectors(2, 8, 0.3);
    const expected = images.flatMap((image) =>
      texts.map((text) => scoreProjected(uncalibrated, image, text)),
    );
    expect([...scoreMatrix(uncalibrated, images, texts)]).toEqual(expected);
  });

  it('refuses vectors that are not projected', () => {
    expect(() =>
      scoreMatrix({ ...model, fusion: { kind: 'identity' } }, vectors(1, 9), vectors(1, 8)),
    ).toThrow(RangeError);
  });
});
