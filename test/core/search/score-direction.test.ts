import { describe, expect, it } from 'vitest';
import { projectEmbedding, scoreProjected } from '../../../src/core/scoring/scoring.ts';
import { directionScore } from '../../../src/core/search/row-scores.ts';
import { queryVector, scoreDirection, scoreFactor } from '../../../src/core/search/score-direction.ts';
import type { Modality, SelectionModel } from '../../../src/core/scoring/selection-model.ts';
import { dot, normalizeRows } from '../../../src/core/vector.ts';
import { buildSelection } from '../../format/selection-builder.ts';
import { gaussians } from '../random-data.ts';

const DIM = 12;
const projections = ['full', 'mask', 'map', 'maps'] as const;
const fusions = ['identity', 'weighted', 'attention'] as const;

function unitVectors(count: number, seed: number): Float32Array[] {
  return Array.from({ length: count }, (_, i) => {
    const vector = Float32Array.from(gaussians(DIM, seed + i));
    normalizeRows(vector, DIM);
    return vector;
  });
}

/** Score of `embedding`, of the modality, for `query`, by the direction. */
function byDirection(
  model: SelectionModel,
  modality: Modality,
  embedding: Float32Array,
  query: Float32Array,
): number {
  const other = modality === 'image' ? 'text' : 'image';
  const direction = scoreDirection(
    model,
    modality,
    queryVector(model, projectEmbedding(model, other, query)),
  );
  const product = dot(embedding, 0, direction.direction, 0, DIM);
  return directionScore(direction, product, scoreFactor(model, modality, embedding));
}

describe('scoreDirection', () => {
  const cases = projections.flatMap((projection) =>
    fusions.flatMap((fusion) => [true, false].map((means) => ({ projection, fusion, means }))),
  );

  it.each(cases)('gives the score of projected pairs: $projection, $fusion, centred $means', (shape) => {
    const { model } = buildSelection(3, { ...shape, dim: DIM, k: 5 });
    const texts = unitVectors(6, 40);
    for (const [i, image] of unitVectors(6, 20).entries()) {
      const text = texts[i];
      const expected = scoreProjected(
        model,
        projectEmbedding(model, 'image', image),
        projectEmbedding(model, 'text', text),
      );
      // Projected vectors and factors are float32: 6e-8 relative, over some ten additions.
      expect(byDirection(model, 'image', image, text)).toBeCloseTo(expected, 5);
      expect(byDirection(model, 'text', text, image)).toBeCloseTo(expected, 5);
    }
  });

  it('scores 0 where the selection keeps nothing of the embedding', () => {
    const { model } = buildSelection(3, {
      projection: 'mask',
      fusion: 'identity',
      means: false,
      dim: DIM,
      k: 5,
    });
    const hidden = new Float32Array(DIM);
    const kept = model.projection.kind === 'mask' ? [...model.projection.indices] : [];
    hidden[Array.from({ length: DIM }, (_, i) => i).find((i) => !kept.includes(i)) ?? 0] = 1;
    expect(byDirection(model, 'image', hidden, unitVectors(1, 9)[0])).toBe(0);
  });
});
