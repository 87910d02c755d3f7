import { AppError } from '../../errors.ts';

/**
 * The outcome of every item, in order: its value, or its AppError. Whatever else fails is a bug and is thrown on.
 */
export async function settleItems<Input, Value>(
  inputs: readonly Input[],
  work: (input: Input) => Promise<Value>,
): Promise<(Value | AppError)[]> {
  const outcomes = await Promise.allSettled(inputs.map(work));
  return outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return outcome.value;
    if (outcome.reason instanceof AppError) return outcome.reason;
    throw outcome.reason;
  });
}
