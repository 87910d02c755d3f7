import { AppError } from '../../errors.ts';

/** About five seconds of one core: the documented maxima of lists and texts pass. */
const DEFAULT_MAX_COST = 5_000;

/**
 * MAX_COST, a variable of the deployment: what one operation may cost at most, in the units of `@cost`.
 * @returns AppError INTERNAL naming the variable and what was expected, where that is wrong
 */
export function readMaxCost({ MAX_COST: given }: { readonly MAX_COST?: string }): number | AppError {
  if (given === undefined) return DEFAULT_MAX_COST;
  const most = Number(given);
  if (given.trim() !== '' && most > 0 && Number.isFinite(most)) return most;
  return new AppError('INTERNAL', `MAX_COST: expected a number above 0, got ${JSON.stringify(given)}`);
}
