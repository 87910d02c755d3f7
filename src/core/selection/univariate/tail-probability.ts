import { exp, log, log1p } from '../../exp-log.ts';

/** Terms after which a continued fraction or series counts as stuck; those here need O(√(a + b)) of them. */
const MAX_TERMS = 100_000;
const PRECISION = 2 ** -53;
/** Keeps the denominators of Lentz's method off zero. */
const TINY = 1e-300;
/** From here up six terms of Stirling's series are exact to float64. */
const STIRLING_FROM = 16;
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360];

/**
 * P(F > f) of Fisher's F distribution: the regularised incomplete beta function I_x(d2/2, d1/2) at
 * x = d2 / (d2 + d1·f), as scipy's `fdtrc`. Relative error below 1e-11 down to 1e-300 and up to 1e6 degrees of freedom.
 * @param f at least 0, or Infinity; NaN gives NaN
 * @throws RangeError unless both degrees of freedom are above 0
 */
export function fTail(f: number, numeratorDegrees: number, denominatorDegrees: number): number {
  requirePositive(numeratorDegrees);
  requirePositive(denominatorDegrees);
  if (Number.isNaN(f)) return NaN;
  if (f <= 0) return 1;
  if (f === Infinity) return 0;
  const ratio = (numeratorDegrees * f) / denominatorDegrees;
  // x and 1 − x apart: either may be too small to be left over from the other.
  return incompleteBeta(1 / (1 + ratio), ratio / (1 + ratio), denominatorDegrees / 2, numeratorDegrees / 2);
}

/**
 * P(X > x) of the chi-square distribution: the regularised upper incomplete gamma function Q(degrees/2, x/2), as scipy's
 * `chdtrc`. Relative error below 1e-11 down to 1e-300.
 * @param x at least 0, or Infinity; NaN gives NaN
 * @throws RangeError unless the degrees of freedom are above 0
 */
export function chiSquareTail(x: number, degrees: number): number {
  requirePositive(degrees);
  if (Number.isNaN(x)) return NaN;
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  return upperIncompleteGamma(degrees / 2, x / 2);
}

function requirePositive(degrees: number): void {
  if (!(degrees > 0)) throw new RangeError(`expected more than 0 degrees of freedom, got ${degrees}`);
}

/** I_x(a, b) with y = 1 − x, by the continued fraction (Abramowitz and Stegun 26.5.8) on the side where it converges fast. */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(y, x, b, a);
  const sum = a + b;
  // x^a·y^b / B(a, b) by way of a binomial probability in Loader's form: no two large logarithms cancel.
  const exponent =
    stirlingError(sum) - stirlingError(a) - stirlingError(b) - deviance(a, sum * x) - deviance(b, sum * y);
  const density = Math.sqrt((a * b) / (2 * Math.PI * sum)) * exp(exponent);
  return (density * betaFraction(x, a, b)) / a;
}

/** Lentz's method, two coefficients a step. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= MAX_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) <= PRECISION) break;
  }
  return fraction;
}

/** Q(a, x): one minus the power series left of the mean, Legendre's continued fraction right of it. */
function upperIncompleteGamma(a: number, x: number): number {
  // x^a·e^−x / Γ(a + 1), a Poisson probability in Loader's form.
  const density = exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * Math.PI * a);
  if (x < a + 1) {
    let term = 1;
    let series = 1;
    for (let n = 1; n <= MAX_TERMS && term > series * PRECISION; n++) {
      term *= x / (a + n);
      series += term;
    }
    return 1 - density * series;
  }
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n <= MAX_TERMS; n++) {
    const numerator = n * (a - n);
    b += 2;
    d = 1 / awayFromZero(numerator * d + b);
    c = awayFromZero(b + numerator / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) <= PRECISION) break;
  }
  return density * a * fraction;
}

function awayFromZero(x: number): number {
  return Math.abs(x) < TINY ? TINY : x;
}

/** ln Γ(n + 1) less Stirling's formula for it, n > 0 (Loader 2000, Fast and Accurate Computation of Binomial Probabilities). */
function stirlingError(n: number): number {
  let error = 0;
  let shifted = n;
  for (; shifted < STIRLING_FROM; shifted++) error += (shifted + 0.5) * log1p(1 / shifted) - 1;
  const inverseSquare = 1 / (shifted * shifted);
  let series = 0;
  for (let i = STIRLING.length - 1; i >= 0; i--) series = series * inverseSquare + STIRLING[i];
  return error + series / shifted;
}

/** x·ln(x / mean) + mean − x, also where x and the mean nearly agree (Loader's `bd0`). */
function deviance(x: number, mean: number): number {
  const difference = x - mean;
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * log(x / mean) - difference;
  const v = difference / (x + mean);
  const square = v * v;
  let power = 2 * x * v;
  let sum = difference * v;
  for (let j = 1; ; j++) {
    power *= square;
    const next = sum + power / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
}
