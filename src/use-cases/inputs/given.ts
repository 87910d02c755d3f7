/** A vector in place of pixels or text. */
export interface EmbeddingInput {
  /** As `decodeVector` reads it. */
  readonly vector: string;
  /** Id of the encoder that made it. */
  readonly encoder: string;
}

/** One image as it is given: exactly one of these, which the translators have checked. */
export interface ImageInput {
  readonly url?: string | null;
  readonly base64?: string | null;
  readonly upload?: Blob | null;
  readonly embedding?: EmbeddingInput | null;
}

/** One text as it is given: exactly one of these. */
export interface TextInput {
  readonly text?: string | null;
  readonly embedding?: EmbeddingInput | null;
}
