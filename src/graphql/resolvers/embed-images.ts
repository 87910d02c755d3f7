import { embedImages as answer } from '../../use-cases/embed.ts';
import { toEmbeddingResults } from './embedding-result.ts';
import type { QueryField } from './query-field.ts';

export const embedImages: QueryField<'embedImages'> = async (_root, { images }, context) =>
  toEmbeddingResults(await answer(images, context));
