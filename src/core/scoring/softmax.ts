import { exp } from '../exp-log.ts';

/**
 * exp(score/temperature) over their sum, so that they sum to 1 to float64 precision. The largest score is taken off first:
 * no exponential overflows.
 * @param scores at least one, finite
 * @param temperature above 0
 */
export function softmax(scores: readonly number[], temperature = 1): number[] {
  const largest = scores.reduce((a, b) => Math.max(a, b));
  const weights = scores.map((score) => exp((score - largest) / temperature));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
