import { LIMITS, assertWithin } from '../limits.ts';
import { toEmbeddingResult } from './embedding-result.ts';
import { settleItems } from './settle.ts';
import type { QueryField } from './query-field.ts';

export const embedTexts: QueryField<'embedTexts'> = async (_root, { texts }, { embeddings, encoders }) => {
  assertWithin('texts', texts.length, LIMITS.texts);
  const { info } = encoders();
  const outcomes = await settleItems(texts, (text) => embeddings.text({ text }, info));
  return outcomes.map((outcome) => toEmbeddingResult(outcome, info));
};
