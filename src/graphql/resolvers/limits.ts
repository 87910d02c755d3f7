import { LIMITS } from '../limits.ts';
import type { QueryField } from './query-field.ts';

export const limits: QueryField<'limits'> = () => ({ __typename: 'Limits', ...LIMITS });
