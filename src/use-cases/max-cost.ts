import { AppError } from '../errors.ts';

/** About six seconds of one core: 256 long texts and 64 pictures of usual size pass together. */
const DEFAULT_MAX_COST = 6_000;

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
