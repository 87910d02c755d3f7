import type { EncoderInfo } from '../../clip/encoder-info.ts';
import { AppError } from '../../errors.ts';
import { toItemError } from '../errors.ts';
import type { Embedding, ItemError } from '../generated/resolvers.ts';

/** One slot of `embedTexts` and `embedImages`. */
export function toEmbeddingResult(
  outcome: Float32Array | AppError,
  { id, fingerprint }: EncoderInfo,
): Embedding | ItemError {
  if (outcome instanceof AppError) return toItemError(outcome);
  return { __typename: 'Embedding', vector: outcome, dim: outcome.length, encoder: id, fingerprint };
}
