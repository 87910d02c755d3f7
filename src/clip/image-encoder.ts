import type { AppError } from '../errors.ts';
import type { PatchExplainer } from './patches.ts';
import type { RequestDeadline } from './request-deadline.ts';

/** Turns image files (JPEG, PNG, GIF, WebP, AVIF as bytes) into embeddings of one encoder. */
export interface ImageEncoder {
  /**
   * One slot an image, in order: an L2-normalised vector, or the error of that image alone.
   * Rejects never for a bad image; with AppError only when nothing can be encoded at all.
   * @param deadline the request's, for an encoder that has one
   */
  encodeImages(
    images: readonly Uint8Array[],
    deadline?: RequestDeadline,
  ): Promise<(Float32Array | AppError)[]>;
  /**
   * Null, or left out, where this encoder cannot tell which part of a picture made a score. An encoder behind a network is asked once
   * whether it can. @throws AppError (ENCODER_*) when it does not answer
   */
  readonly patches?: () => Promise<PatchExplainer | null>;
}
