import { scoreCaption } from '../../use-cases/clip-score.ts';
import { orItemError } from '../errors.ts';
import type { QueryField } from './query-field.ts';

export const clipScore: QueryField<'clipScore'> = (_root, args, context) =>
  orItemError(async () => ({ __typename: 'ClipScore' as const, ...(await scoreCaption(args, context)) }));
