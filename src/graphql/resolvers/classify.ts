import { classify as answer } from '../../use-cases/classify.ts';
import { orItemError } from '../errors.ts';
import type { QueryField } from './query-field.ts';

export const classify: QueryField<'classify'> = (_root, args, context) =>
  orItemError(async () => ({ __typename: 'Classification' as const, ...(await answer(args, context)) }));
