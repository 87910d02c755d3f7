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
    return `the ${modality} embedding has no direction: expected finite numbers, not all zero`;
  }
}
