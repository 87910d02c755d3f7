import { align as answer } from '../../use-cases/align.ts';
import { orItemError } from '../errors.ts';
import type { QueryField } from './query-field.ts';

export const align: QueryField<'align'> = (_root, args, context) =>
  // Not spread: that would read what is worked out only when it is asked for.
  orItemError(async () => Object.assign(await answer(args, context), { __typename: 'Alignment' as const }));
