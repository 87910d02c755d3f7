import { exp, log } from '../exp-log.ts';

/** 1/(1+e⁻ˣ) without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/** @throws RangeError outside (0, 1) */
export function logit(rate: number): number {
  if (!(rate > 0 && rate < 1)) throw new RangeError(`expected a rate between 0 and 1, got ${rate}`);
  return log(rate / (1 - rate));
}
