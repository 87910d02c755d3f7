import { describe, expect, it } from 'vitest';
import { loadProductKernels } from '../../../scripts/scoring/product-kernels.ts';
import { createRandom } from '../../../src/core/random.ts';
import type { ProductKernels } from '../../../src/core/scoring/kernels/product-kernels.ts';
import { cosineMatrix, scoreMatrix } from '../../../src/core/scoring/score-matrix.ts';
import { scoreProjected } from '../../../src/core/scoring/scoring.ts';
import type { UncalibratedModel } from '../../../src/core/scoring/selection-model.ts';
import { cosineSimilarity } from '../../../src/core/vector.ts';

const random = createRandom(7);
const vectors = (count: number, dim: number, scale = 1): Float32Array[] =>
  Array.from({ length: count }, () =>
    Float32Array.from({ length: dim }, () => scale * random.nextGaussian()),
  );

const KINDS: readonly { readonly kind: string; readonly kernels: ProductKernels | null }[] = [
  { kind: 'plain', kernels: null },
  { kind: 'simd', kernels: loadProductKernels() },
];

describe.each(KINDS)('cosineMatrix, $kind', ({ kernels }) => {
  it.each([
    { images: 1, texts: 1, dim: 1 },
    { images: 2, texts: 2, dim: 4 },
    { images: 3, texts: 5, dim: 7 },
    { images: 4, texts: 1, dim: 512 },
    { images: 1, texts: 6, dim: 511 },
    { images: 9, texts: 11, dim: 50 },
  ])(
    'is cosineSimilarity of every pair, to the bit: $images × $texts of $dim',
    ({ images: rows, texts: columns, dim }) => {
      const images = vectors(rows, dim);
      const texts = vectors(columns, dim);
      const expected = images.flatMap((image) => texts.map((text) => cosineSimilarity(image, text)));
      expect([...cosineMatrix(images, texts, kernels)]).toEqual(expected);
    },
  );

  it('gives equal inputs equal cosines, wherever they stand', () => {
    const [image] = vectors(1, 512);
    const [text] = vectors(1, 512);
    const cosines = cosineMatrix([image, image, image], [text, text, text, text, text], kernels);
    expect(new Set(cosines).size).toBe(1);
  });

  it('is 0 for a zero vector and stays within [-1, 1] at both ends of float32', () => {
    const huge = Float32Array.of(3e38, 3e38);
    const tiny = Float32Array.of(1e-45, 0);
    const cosines = cosineMatrix([huge, tiny], [Float32Array.of(0, 0), huge, tiny.map((x) => -x)], kernels);
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
    const images = [...vectors(8, 64), Float32Array.from({ length: 64 }, (_, i) => (i === 63 ? NaN : 1))];
    const cosines = cosineMatrix(images, vectors(8, 64), kernels);
    cosines.forEach((cosine, at) => expect(Number.isNaN(cosine)).toBe(at >= 64));
  });

  it('is empty where a side is', () => {
    expect(cosineMatrix([], vectors(2, 3), kernels)).toHaveLength(0);
    expect(cosineMatrix(vectors(2, 3), [], kernels)).toHaveLength(0);
  });

  it('refuses vectors of different length', () => {
    expect(() => cosineMatrix(vectors(2, 3), [...vectors(1, 3), ...vectors(1, 4)], kernels)).toThrow(
      new RangeError('expected vectors of one length, got 3 and 4'),
    );
  });
});

describe.each(KINDS)('scoreMatrix, $kind', ({ kernels }) => {
  const k = 50;
  const model = { dim: k, k, imageMean: null, textMean: null, projection: { kind: 'full' } } as const;

  it.each<UncalibratedModel>([
    { ...model, fusion: { kind: 'identity' } },
    { ...model, fusion: { kind: 'weighted', weights: vectors(1, k)[0], bias: -0.5 } },
  ])('is scoreProjected of every pair, to the bit: $fusion.kind', (uncalibrated) => {
    const images = vectors(13, k, 0.3);
    const texts = vectors(7, k, 0.3);
    const expected = images.flatMap((image) =>
      texts.map((text) => scoreProjected(uncalibrated, image, text)),
    );
    expect([...scoreMatrix(uncalibrated, images, texts, kernels)]).toEqual(expected);
  });

  it('refuses vectors that are not projected', () => {
    expect(() =>
      scoreMatrix({ ...model, fusion: { kind: 'identity' } }, vectors(1, k + 1), vectors(1, k), kernels),
    ).toThrow(new RangeError('expected projected vectors of 50 coordinates, got 51'));
  });
});
