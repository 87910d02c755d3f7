import type { EncoderInfo } from '../../clip/encoder-info.ts';
import { AppError, quote } from '../../errors.ts';

/** The encoder that an embedding must come from: a selection's, or the deployment's own. */
export interface EmbeddingTarget {
  readonly id: string;
  readonly fingerprint: string;
  readonly dim: number;
}

/** Whether what this deployment encodes may be compared with vectors of the target. */
export function isOwnEncoder(target: EmbeddingTarget, info: EncoderInfo): boolean {
  return target.id === info.id && target.fingerprint === info.fingerprint && target.dim === info.dim;
}

/**
 * Pixels and text are encoded by this deployment, so its encoder must be the very one that the selection was made for.
 * @param what is to be encoded, as a sentence begins
 * @throws AppError ENCODER_MISMATCH
 */
export function assertOwnEncoder(target: EmbeddingTarget, info: EncoderInfo, what: string): void {
  if (isOwnEncoder(target, info)) return;
  throw new AppError(
    'ENCODER_MISMATCH',
    target.id === info.id
      ? `The selection was made for ${quote(target.id)} of fingerprint ${target.fingerprint} (${target.dim} numbers), ` +
          `this deployment runs fingerprint ${info.fingerprint} (${info.dim} numbers): publish a selection made anew.`
      : `${what} would be encoded by ${quote(info.id)}, but the selection is made for ${quote(target.id)}: give embeddings of that encoder.`,
  );
}
