import { search as answer } from '../../use-cases/search.ts';
import type { QueryField } from './query-field.ts';

export const search: QueryField<'search'> = (_root, args, context) => answer(args, context);
