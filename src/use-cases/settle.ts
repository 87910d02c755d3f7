import { AppError } from '../errors.ts';

/**
 * The outcome of every item, in order: its value, or its AppError. Whatever else fails is a bug and is thrown on. Where no
 * item has to wait, neither has the list.
 * @param work rejects where it fails, and does not throw
 */
export function settleItems<Input, Value>(
  inputs: readonly Input[],
  work: (input: Input) => Value | Promise<Value>,
): (Value | AppError)[] | Promise<(Value | AppError)[]> {
  const outcomes = inputs.map(work);
  const values: Value[] = [];
  for (const outcome of outcomes) {
    if (outcome instanceof Promise) return settleAll(outcomes);
    values.push(outcome);
  }
  return values;
}

async function settleAll<Value>(
  outcomes: readonly (Value | Promise<Value>)[],
): Promise<(Value | AppError)[]> {
  const settled = await Promise.allSettled(outcomes);
  return settled.map((outcome) => {
    if (outcome.status === 'fulfilled') return outcome.value;
    if (outcome.reason instanceof AppError) return outcome.reason;
    throw outcome.reason;
  });
}
