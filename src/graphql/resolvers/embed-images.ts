import { LIMITS, assertWithin } from '../limits.ts';
import { toEmbeddingResult } from './embedding-result.ts';
import { settleItems } from './settle.ts';
import type { QueryField } from './query-field.ts';

export const embedImages: QueryField<'embedImages'> = async (_root, { images }, { embeddings, encoders }) => {
  assertWithin('images', images.length, LIMITS.images);
  const { info } = encoders();
  const outcomes = await settleItems(images, (image) => embeddings.image(image, info));
  return outcomes.map((outcome) => toEmbeddingResult(outcome, info));
};
