import type { AppError } from '../errors.ts';

/** Turns image files (JPEG, PNG, GIF, WebP, AVIF as bytes) into embeddings of one encoder. */
export interface ImageEncoder {
  /**
   * One slot an image, in order: an L2-normalised vector, or the error of that image alone.
   * Rejects never for a bad image; with AppError only when nothing can be encoded at all.
   */
  encodeImages(images: readonly Uint8Array[]): Promise<(Float32Array | AppError)[]>;
}
