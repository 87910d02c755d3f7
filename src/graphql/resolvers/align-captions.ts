import { alignCaptions as answer } from '../../use-cases/align-captions.ts';
import { orItemError } from '../errors.ts';
import type { QueryField } from './query-field.ts';

export const alignCaptions: QueryField<'alignCaptions'> = (_root, args, context) =>
  orItemError(async () => ({ __typename: 'CaptionSetAlignment' as const, ...(await answer(args, context)) }));
