/** Turns texts into embeddings of one encoder. */
export interface TextEncoder {
  /**
   * One L2-normalised vector a text, in order; an empty list gives an empty list.
   * @throws AppError (ENCODER_*) when the encoder fails: there is no text that only fails itself
   */
  encodeTexts(texts: readonly string[]): Promise<Float32Array[]>;
}
