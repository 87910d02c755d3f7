import { describe, expect, it } from 'vitest';
import { contributionsOf, coordinateAt } from '../../../src/core/scoring/contributions.ts';
import { projectEmbedding, scoreFull } from '../../../src/core/scoring/scoring.ts';
import type { SelectionModel } from '../../../src/core/scoring/selection-model.ts';
import { normalizeRows } from '../../../src/core/vector.ts';
import { buildSelection } from '../../format/selection-builder.ts';
import { gaussians } from '../random-data.ts';

const DIM = 12;

function unitVector(seed: number): Float32Array {
  const vector = Float32Array.from(gaussians(DIM, seed));
  normalizeRows(vector, DIM);
  return vector;
}

function explained(model: SelectionModel, image: Float32Array, text: Float32Array) {
  return contributionsOf(
    model,
    projectEmbedding(model, 'image', image),
    projectEmbedding(model, 'text', text),
  );
}

describe('contributionsOf', () => {
  const kinds = (['full', 'mask', 'map', 'maps'] as const).flatMap((projection) =>
    (['identity', 'weighted', 'attention'] as const).map((fusion) => ({ projection, fusion })),
  );

  it.each(kinds)('sums with the bias to the score: $projection, $fusion', ({ projection, fusion }) => {
    for (let seed = 1; seed <= 20; seed++) {
      const { model } = buildSelection(seed, { dim: DIM, projection, fusion, means: seed % 2 === 0 });
      const [image, text] = [unitVector(2 * seed), unitVector(2 * seed + 1)];
      const { bias, values } = explained(model, image, text);
      expect(values).toHaveLength(model.k);
      // The same products, added in another order: float64 sums of at most 12 of them.
      const sum = values.reduce((total, value) => total + value, bias);
      expect(Math.abs(sum - scoreFull(model, image, text)), `seed ${seed}`).toBeLessThan(1e-12);
    }
  });

  it('is weight, image and text multiplied, coordinate by coordinate, beside the bias', () => {
    const { model } = buildSelection(3, { dim: DIM, projection: 'mask', fusion: 'weighted' });
    if (model.fusion.kind !== 'weighted' || model.projection.kind !== 'mask')
      throw new Error('another model');
    const [image, text] = [unitVector(1), unitVector(2)];
    const { bias, values } = explained(model, image, text);
    expect(bias).toBe(model.fusion.bias);
    model.projection.indices.forEach((index, i) => {
      const centred = [
        image[index] - (model.imageMean?.[index] ?? 0),
        text[index] - (model.textMean?.[index] ?? 0),
      ];
      const weight = model.fusion.kind === 'weighted' ? model.fusion.weights[i] : 0;
      // The centred values are kept in float32.
      expect(values[i]).toBeCloseTo(weight * centred[0] * centred[1], 6);
      expect(coordinateAt(model, i)).toBe(index);
    });
  });

  it('is nothing at all for an image of which the selection keeps nothing', () => {
    const { model } = buildSelection(4, { dim: DIM, projection: 'mask', fusion: 'identity', means: false });
    const kept = new Set(model.projection.kind === 'mask' ? model.projection.indices : []);
    const image = unitVector(1).map((value, i) => (kept.has(i) ? 0 : value));
    expect(explained(model, image, unitVector(2)).values.some((value) => value !== 0)).toBe(false);
  });

  it('refuses a vector of another length than k', () => {
    const { model } = buildSelection(5, { dim: DIM });
    expect(() => contributionsOf(model, new Float32Array(3), new Float32Array(model.k))).toThrow(
      'expected projected vectors of 5 coordinates, got 3',
    );
  });
});
