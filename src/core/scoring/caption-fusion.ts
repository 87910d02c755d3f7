import { attend } from './attention.ts';
import { keepCoordinates, projectEmbedding, scaleToUnit, scoreProjected } from './scoring.ts';
import type { UncalibratedModel } from './selection-model.ts';
import { columnMeans, normalizeRows } from '../vector.ts';

export interface FusedCaptions {
  readonly score: number;
  /** One a text, ≥ 0, summing to 1. */
  readonly weights: readonly number[];
}

/**
 * One score of an image and several texts about it. Attention: the image as query over the texts, cosine of image and
 * attended text, weights the mean over heads. Identity and weighted fusion learned nothing of several texts: the score of
 * their mean direction, equal weights. With one text it is `scoreFull`.
 * @param image length dim, finite, of unit norm, and so each of `texts`, of which there is at least one
 * @throws RangeError for another length, or no text
 */
export function fuseCaptions(
  model: UncalibratedModel,
  image: Float32Array,
  texts: readonly Float32Array[],
): FusedCaptions {
  if (texts.length === 0) throw new RangeError('expected at least one text, got none');
  const projectedImage = projectEmbedding(model, 'image', image);
  const { fusion } = model;
  if (fusion.kind !== 'attention') {
    const text = projectEmbedding(model, 'text', meanDirection(texts));
    return { score: scoreProjected(model, projectedImage, text), weights: texts.map(() => 1 / texts.length) };
  }
  const kept = texts.map((text) => {
    const coordinates = keepCoordinates(model, 'text', text);
    scaleToUnit(coordinates);
    return coordinates;
  });
  const { attended, weights } = attend(fusion, projectedImage, kept);
  scaleToUnit(attended);
  return {
    score: scoreProjected(model, projectedImage, Float32Array.from(attended)),
    weights: [...weights],
  };
}

/**
 * Unit vector along the mean of unit vectors; all zero, which scores as no direction, where they cancel out exactly.
 * @param embeddings at least one, all of one length
 */
export function meanDirection(embeddings: readonly Float32Array[]): Float32Array {
  const dim = embeddings[0].length;
  const rows = new Float32Array(embeddings.length * dim);
  embeddings.forEach((embedding, i) => rows.set(embedding, i * dim));
  const mean = columnMeans(rows, dim);
  if (mean.some((value) => value !== 0)) normalizeRows(mean, dim);
  return mean;
}
