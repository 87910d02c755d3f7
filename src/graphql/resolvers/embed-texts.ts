import { embedTexts as answer } from '../../use-cases/embed.ts';
import { toEmbeddingResults } from './embedding-result.ts';
import type { QueryField } from './query-field.ts';

export const embedTexts: QueryField<'embedTexts'> = async (_root, { texts }, context) =>
  toEmbeddingResults(await answer(texts, context));
