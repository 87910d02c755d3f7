import { scoreCaptionByReferences } from '../../use-cases/clip-score.ts';
import { orItemError } from '../errors.ts';
import type { QueryField } from './query-field.ts';

export const refClipScore: QueryField<'refClipScore'> = (_root, args, context) =>
  orItemError(async () => ({
    __typename: 'ClipScore' as const,
    ...(await scoreCaptionByReferences(args, context)),
  }));
