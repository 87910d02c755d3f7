import type { AppError } from '../errors.ts';
import type { RequestDeadline } from './request-deadline.ts';

/** Turns texts into embeddings of one encoder. */
export interface TextEncoder {
  /**
   * One L2-normalised vector a text, in order; an empty list gives an empty list.
   * @throws AppError (ENCODER_*) when the encoder fails: there is no text that only fails itself
   */
  encodeTexts(texts: readonly string[]): Promise<Float32Array[]>;
}

/** The same for a request, where some texts may fail and the others are answered, as behind a network. */
export interface RequestTextEncoder {
  /**
   * One slot a text, in order: an L2-normalised vector, or the error of that text.
   * @param deadline the request's, for an encoder that has one
   * @throws AppError (ENCODER_*) when nothing can be encoded at all
   */
  encodeTexts(texts: readonly string[], deadline?: RequestDeadline): Promise<(Float32Array | AppError)[]>;
}
