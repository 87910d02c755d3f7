import { AppError } from '../../errors.ts';
import type { Embedded } from '../../use-cases/embed.ts';
import { toItemError } from '../errors.ts';
import type { Embedding, ItemError } from '../generated/resolvers.ts';

/** The slots of `embedTexts` and `embedImages`. */
export function toEmbeddingResults({ outcomes, encoder }: Embedded): (Embedding | ItemError)[] {
  return outcomes.map((outcome) => {
    if (outcome instanceof AppError) return toItemError(outcome);
    const { id, fingerprint } = encoder;
    return { __typename: 'Embedding', vector: outcome, dim: outcome.length, encoder: id, fingerprint };
  });
}
