import type { AppError } from '../errors.ts';
import type { RequestDeadline } from './request-deadline.ts';

/** What is known of an encoder whose tokenizer is at hand. */
interface Tokenized {
  /**
   * Which texts have more tokens than the model reads, in order: of such a text the end makes no difference. Left out where the
   * tokenizer is elsewhere.
   * @throws AppError ENCODER_FAILED where the tokenizer cannot be loaded
   */
  readonly truncates?: (texts: readonly string[]) => Promise<readonly boolean[]>;
}

/** Turns texts into embeddings of one encoder. */
export interface TextEncoder extends Tokenized {
  /**
   * One L2-normalised vector a text, in order; an empty list gives an empty list.
   * @throws AppError (ENCODER_*) when the encoder fails: there is no text that only fails itself
   */
  encodeTexts(texts: readonly string[]): Promise<Float32Array[]>;
}

/** The same for a request, where some texts may fail and the others are answered, as behind a network. */
export interface RequestTextEncoder extends Tokenized {
  /**
   * One slot a text, in order: an L2-normalised vector, or the error of that text.
   * @param deadline the request's, for an encoder that has one
   * @throws AppError (ENCODER_*) when nothing can be encoded at all
   */
  encodeTexts(texts: readonly string[], deadline?: RequestDeadline): Promise<(Float32Array | AppError)[]>;
}
