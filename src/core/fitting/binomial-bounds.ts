import { exp } from '../exp-log.ts';
import { fTail } from '../selection/univariate/tail-probability.ts';

/** Beyond these log-odds a rate is 0 or 1 to float64. */
const FARTHEST_LOG_ODDS = 40;
const BISECTIONS = 60;

/**
 * Highest rate under which at most `successes` of `trials` come out with a probability of at least `tail`: the upper end of
 * Clopper and Pearson's interval (1934), one-sided at 1 − tail. Neither count need be whole: with an effective number of
 * trials, that of as many independent ones as tell the same, this is Korn and Graubard's interval (1998).
 * @param successes from 0 to `trials`
 * @param trials above 0
 * @param tail in (0, 1)
 * @returns in (0, 1]; 1 when all succeeded
 * @throws RangeError outside these ranges
 */
export function highestRate(successes: number, trials: number, tail: number): number {
  if (!(trials > 0 && successes >= 0 && successes <= trials && tail > 0 && tail < 1)) {
    throw new RangeError(
      `expected 0 to ${trials} successes and a tail between 0 and 1, got ${successes} and ${tail}`,
    );
  }
  const failures = trials - successes;
  if (failures === 0) return 1;
  let low = -FARTHEST_LOG_ODDS;
  let high = FARTHEST_LOG_ODDS;
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2;
    // P(X ≤ successes) of a binomial as a tail of F (Johnson, Kemp and Kotz 2005, 3.4).
    const f = (exp(middle) * failures) / (successes + 1);
    if (fTail(f, 2 * (successes + 1), 2 * failures) > tail) low = middle;
    else high = middle;
  }
  const odds = exp(high);
  return odds / (1 + odds);
}

/** The lower end: `highestRate` of the failures, from above. @returns in [0, 1); 0 when none succeeded */
export function lowestRate(successes: number, trials: number, tail: number): number {
  return 1 - highestRate(trials - successes, trials, tail);
}

/**
 * The square of Student's t that is exceeded either way with probability `tail`: the quantile of F with 1 and `degrees` degrees
 * of freedom.
 * @param degrees above 0
 */
export function squaredStudentQuantile(tail: number, degrees: number): number {
  let low = -FARTHEST_LOG_ODDS;
  let high = FARTHEST_LOG_ODDS;
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2;
    if (fTail(exp(middle), 1, degrees) > tail) low = middle;
    else high = middle;
  }
  return exp(high);
}
