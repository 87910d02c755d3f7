import type { RequestScope } from './request-scope.ts';

/** Whether an encoder reads texts to their end. */
export interface Truncation {
  /** Some text has more tokens than the encoder reads: the rest made no difference. */
  readonly truncated: boolean;
  /** False where texts are encoded elsewhere by an encoder that does not tell. */
  readonly truncationKnown: boolean;
}

/**
 * @param encoded texts as the deployment's encoder gets them; of none there is nothing to cut
 * @throws AppError ENCODER_FAILED where the tokenizer cannot be loaded
 */
export async function findTruncation(
  encoded: readonly string[],
  { encoders }: Pick<RequestScope, 'encoders'>,
): Promise<Truncation> {
  if (encoded.length === 0) return { truncated: false, truncationKnown: true };
  const { truncates } = encoders().text;
  const isCut = truncates ? await truncates(encoded) : [];
  return { truncated: isCut.includes(true), truncationKnown: truncates !== undefined };
}
