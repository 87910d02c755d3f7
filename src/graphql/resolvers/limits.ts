import { AppError } from '../../errors.ts';
import { LIMITS } from '../../use-cases/limits.ts';
import type { QueryField } from './query-field.ts';

export const limits: QueryField<'limits'> = (_root, _args, { maxCost, maxPixels, maxPixelPasses }) => {
  const cost = maxCost();
  if (cost instanceof AppError) throw cost;
  return {
    __typename: 'Limits',
    ...LIMITS,
    cost,
    imagePixels: maxPixels(),
    pixelPasses: maxPixelPasses(),
  };
};
