import { rankTexts as answer } from '../../use-cases/rank.ts';
import { orItemError } from '../errors.ts';
import type { QueryField } from './query-field.ts';

export const rankTexts: QueryField<'rankTexts'> = (_root, args, context) =>
  orItemError(async () => ({ __typename: 'Ranking' as const, ...(await answer(args, context)) }));
