import { describe, expect, it } from 'vitest';
import { pairFeatures } from '../../../src/core/pairs/pair-features.ts';
import { columnMeans } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

const IMAGES = Float32Array.of(1, 2, 3, 4);
const TEXTS = Float32Array.of(5, 6, 7, 8, 9, 10);

describe('pairFeatures', () => {
  it('multiplies coordinate by coordinate, after taking the means off', () => {
    const rows = [Uint32Array.of(1, 0), Uint32Array.of(2, 0)] as const;
    expect([...pairFeatures(IMAGES, TEXTS, ...rows, 2, null, null)]).toEqual([27, 40, 5, 12]);
    const means = [Float32Array.of(1, 1), Float32Array.of(5, 5)] as const;
    expect([...pairFeatures(IMAGES, TEXTS, ...rows, 2, ...means)]).toEqual([8, 15, 0, 1]);
  });

  it('sums to the inner product of the centred vectors', () => {
    const image = Float32Array.from(gaussians(32, 1));
    const text = Float32Array.from(gaussians(32, 2));
    const mean = columnMeans(image, 16);
    const features = pairFeatures(image, text, Uint32Array.of(0), Uint32Array.of(1), 16, mean, null);
    let expected = 0;
    for (let i = 0; i < 16; i++) expected += (image[i] - mean[i]) * text[16 + i];
    // Sixteen products stored in float32.
    expect(features.reduce((sum, x) => sum + x, 0)).toBeCloseTo(expected, 5);
  });

  it('gives nothing for no pairs', () => {
    expect(pairFeatures(IMAGES, TEXTS, new Uint32Array(0), new Uint32Array(0), 2, null, null)).toHaveLength(
      0,
    );
  });

  it('rejects rows out of range, lists of different length and means of another length', () => {
    const one = Uint32Array.of(0);
    expect(() => pairFeatures(IMAGES, TEXTS, Uint32Array.of(2), one, 2, null, null)).toThrow(
      /image rows below 2, got 2/,
    );
    expect(() => pairFeatures(IMAGES, TEXTS, one, Uint32Array.of(3), 2, null, null)).toThrow(
      /text rows below 3, got 3/,
    );
    expect(() => pairFeatures(IMAGES, TEXTS, one, Uint32Array.of(0, 1), 2, null, null)).toThrow(RangeError);
    expect(() => pairFeatures(IMAGES, TEXTS, one, one, 2, Float32Array.of(1), null)).toThrow(RangeError);
  });
});
