import { LIMITS } from '../limits.ts';
import type { QueryField } from './query-field.ts';

export const limits: QueryField<'limits'> = (_root, _args, { maxPixels }) => ({
  __typename: 'Limits',
  ...LIMITS,
  imagePixels: maxPixels(),
});
