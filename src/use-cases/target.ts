import type { PublishedSelection } from '../storage/selection-store.ts';
import type { EmbeddingTarget } from './inputs/own-encoder.ts';

/** The encoder that a selection scores embeddings of. */
export function targetOf({ record: { encoder, model } }: PublishedSelection): EmbeddingTarget {
  return { id: encoder.id, fingerprint: encoder.fingerprint, dim: model.dim };
}
