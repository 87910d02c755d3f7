import { log } from '../../exp-log.ts';

/** Above this the asymptotic series below is exact to float64. */
const SERIES_FROM = 8;
/** −B₂ₙ/2n for n = 1 to 8. */
const SERIES = [-1 / 12, 1 / 120, -1 / 252, 1 / 240, -1 / 132, 691 / 32760, -1 / 12, 3617 / 8160];

/**
 * ψ(x), the logarithmic derivative of the gamma function, for x > 0; absolute error below 4e-15 from x = 0.5 up.
 * Recurrence ψ(x) = ψ(x+1) − 1/x up to 8, then the asymptotic series (Abramowitz and Stegun 6.3.5, 6.3.18).
 * @throws RangeError unless x > 0
 */
export function digamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`expected x > 0, got ${x}`);
  let shifted = x;
  let recurrence = 0;
  for (; shifted < SERIES_FROM; shifted++) recurrence += 1 / shifted;
  const inverseSquare = 1 / (shifted * shifted);
  let series = 0;
  for (let n = SERIES.length - 1; n >= 0; n--) series = (series + SERIES[n]) * inverseSquare;
  return log(shifted) - 0.5 / shifted + series - recurrence;
}

/** ψ(0) to ψ(count), where index 0 holds NaN, for kernels that ask for the same whole numbers again and again. */
export function digammaTable(count: number): Float64Array {
  const table = new Float64Array(count + 1);
  table[0] = NaN;
  for (let n = 1; n <= count; n++) table[n] = digamma(n);
  return table;
}
