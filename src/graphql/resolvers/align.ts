import { align as answer } from '../../use-cases/align.ts';
import { orItemError } from '../errors.ts';
import type { QueryField } from './query-field.ts';

export const align: QueryField<'align'> = (_root, args, context) =>
  orItemError(async () => ({ __typename: 'Alignment' as const, ...(await answer(args, context)) }));
