import { normalizeRows } from '../core/vector.ts';

/**
 * Scale an embedding to unit norm, in place. What is a bad row is decided here, for every command.
 * @returns why it cannot be, or null
 */
export function unitProblem(embedding: Float32Array, modality: 'image' | 'text'): string | null {
  try {
    normalizeRows(embedding, embedding.length);
    return null;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `the ${modality} embedding has no direction: expected finite numbers, not all zero, got ${whatIsWrong(embedding)}`;
  }
}

/** A file of float64 may hold what float32, in which everything is scored, does not. */
function whatIsWrong(embedding: Float32Array): string {
  const place = embedding.findIndex((value) => !Number.isFinite(value));
  if (place < 0) return 'zeros alone';
  const value = embedding[place];
  const beyond = Number.isNaN(value) ? '' : ' (or a number that float32 cannot hold, beyond 3.4e38)';
  return `${value}${beyond} in column ${place}`;
}
