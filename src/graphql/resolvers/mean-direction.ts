import { columnMeans, normalizeRows } from '../../core/vector.ts';

/**
 * Unit vector along the mean of unit vectors; all zero, which scores as no direction, where they cancel out exactly.
 * @param embeddings at least one, each of length dim
 */
export function meanDirection(embeddings: readonly Float32Array[]): Float32Array {
  const dim = embeddings[0].length;
  const rows = new Float32Array(embeddings.length * dim);
  embeddings.forEach((embedding, i) => rows.set(embedding, i * dim));
  const mean = columnMeans(rows, dim);
  if (mean.some((value) => value !== 0)) normalizeRows(mean, dim);
  return mean;
}
