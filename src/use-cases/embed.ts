import type { EncoderInfo } from '../clip/encoder-info.ts';
import type { AppError } from '../errors.ts';
import type { ImageInput } from './inputs/given.ts';
import { LIMITS, assertWithin } from './limits.ts';
import type { RequestScope } from './request-scope.ts';
import { settleItems } from './settle.ts';

/** What the deployment's encoder gives. */
export interface Embedded {
  readonly encoder: EncoderInfo;
  /** One an input, in order: a unit vector, or why there is none. */
  readonly outcomes: readonly (Float32Array | AppError)[];
}

/** @throws AppError LIMIT_EXCEEDED for too many texts */
export async function embedTexts(
  texts: readonly string[],
  { embeddings, encoders }: RequestScope,
): Promise<Embedded> {
  assertWithin('texts', texts.length, LIMITS.texts);
  const { info } = encoders();
  return { encoder: info, outcomes: await settleItems(texts, (text) => embeddings.text({ text }, info)) };
}

/** @throws AppError LIMIT_EXCEEDED for too many images */
export async function embedImages(
  images: readonly ImageInput[],
  { embeddings, encoders }: RequestScope,
): Promise<Embedded> {
  assertWithin('images', images.length, LIMITS.images);
  const { info } = encoders();
  return { encoder: info, outcomes: await settleItems(images, (image) => embeddings.image(image, info)) };
}
