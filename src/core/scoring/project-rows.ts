import { projectEmbedding } from './scoring.ts';
import type { Modality, UncalibratedModel } from './selection-model.ts';

/**
 * `projectEmbedding` of the named rows.
 * @param embeddings row-major, shape [count, model.dim]
 * @returns row-major, shape [rows.length, model.k]
 */
export function projectRows(
  model: UncalibratedModel,
  modality: Modality,
  embeddings: Float32Array,
  rows: Uint32Array,
): Float32Array {
  const { dim, k } = model;
  const projected = new Float32Array(rows.length * k);
  rows.forEach((row, i) => {
    projected.set(projectEmbedding(model, modality, embeddings.subarray(row * dim, (row + 1) * dim)), i * k);
  });
  return projected;
}
