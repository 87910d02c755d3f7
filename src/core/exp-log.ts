/**
 * exp, log and log1p by one sequence of float64 operations, each rounded as IEEE 754 has it: the same to the bit on every engine. What
 * Math gives differs in the last digit between builds of V8, as those of Node and of workerd, which would give records other bytes.
 * Within one unit in the last place, and bit for bit what Math gives in Node on x86-64.
 *
 * Source: the algorithms and constants of fdlibm, https://www.netlib.org/fdlibm/ (e_exp.c, e_log.c, s_log1p.c):
 * Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved. Permission to use, copy, modify, and distribute this software
 * is freely granted, provided that this notice is preserved.
 */

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const EXP_MOST = 7.09782712893383973096e2;
const EXP_LEAST = -7.4513321910194110842e2;
const [P1, P2, P3, P4, P5] = [
  1.66666666666666019037e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5, -1.6533902205465251539e-6,
  4.13813679705723846039e-8,
];
const [L1, L2, L3, L4, L5, L6, L7] = [
  6.66666666666673513e-1, 3.999999999940941908e-1, 2.857142874366239149e-1, 2.222219843214978396e-1,
  1.818357216161805012e-1, 1.531383769920937332e-1, 1.479819860511658591e-1,
];
const TWO_54 = 2 ** 54;
const TWO_M1000 = 2 ** -1000;

/** One float64 seen as its two halves. */
const value = new Float64Array(1);
const halves = new Uint32Array(value.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;
const LOW = 1 - HIGH;

/** Sign, exponent and the upper twenty bits of the fraction, as a signed number. */
function highOf(x: number): number {
  value[0] = x;
  return halves[HIGH] | 0;
}

/** x with another upper half. */
function withHigh(x: number, high: number): number {
  value[0] = x;
  halves[HIGH] = high;
  return value[0];
}

/** 2^k of the normal range. */
function powerOf2(k: number): number {
  halves[HIGH] = (k + 1023) << 20;
  halves[LOW] = 0;
  return value[0];
}

/** e^x: x = k·ln 2 + r with |r| ≤ ln 2 / 2, e^r by a rational function. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > EXP_MOST) return Infinity;
  if (x < EXP_LEAST) return 0;
  const magnitude = highOf(x) & 0x7fffffff;
  let k = 0;
  let high = 0;
  let low = 0;
  let r = x;
  if (magnitude > 0x3fd62e42) {
    if (x === 1) return Math.E;
    if (magnitude < 0x3ff0a2b2) k = x < 0 ? -1 : 1;
    else k = Math.trunc(Math.LOG2E * x + (x < 0 ? -0.5 : 0.5));
    high = x - k * LN2_HIGH;
    low = k * LN2_LOW;
    r = high - low;
  } else if (magnitude < 0x3e300000) return 1 + x;
  const t = r * r;
  const c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))));
  if (k === 0) return 1 - ((r * c) / (c - 2) - r);
  const y = 1 - (low - (r * c) / (2 - c) - high);
  if (k === 1024) return y * 2 * powerOf2(1023);
  return k >= -1021 ? y * powerOf2(k) : y * powerOf2(k + 1000) * TWO_M1000;
}

/** Natural logarithm: x = 2^k·(1 + f) with √½ < 1 + f < √2, log(1 + f) by a series in f / (2 + f). NaN below 0. */
export function log(x: number): number {
  let k = 0;
  let scaled = x;
  let high = highOf(x);
  if (high < 0x00100000) {
    if (((high & 0x7fffffff) | halves[LOW]) === 0) return -Infinity;
    if (high < 0) return NaN;
    k = -54;
    scaled = x * TWO_54;
    high = highOf(scaled);
  }
  if (high >= 0x7ff00000) return x;
  k += (high >> 20) - 1023;
  high &= 0x000fffff;
  const carry = (high + 0x95f64) & 0x100000;
  k += carry >> 20;
  const f = withHigh(scaled, high | (carry ^ 0x3ff00000)) - 1;
  if ((0x000fffff & (2 + high)) < 3) {
    if (f === 0) return k === 0 ? 0 : k * LN2_HIGH + k * LN2_LOW;
    const rest = f * f * (0.5 - (1 / 3) * f);
    return k === 0 ? f - rest : k * LN2_HIGH - (rest - k * LN2_LOW - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const rest = z * (L1 + w * (L3 + w * (L5 + w * L7))) + w * (L2 + w * (L4 + w * L6));
  if (((high - 0x6147a) | (0x6b851 - high)) > 0) {
    const half = 0.5 * f * f;
    if (k === 0) return f - (half - s * (half + rest));
    return k * LN2_HIGH - (half - (s * (half + rest) + k * LN2_LOW) - f);
  }
  if (k === 0) return f - s * (f - rest);
  return k * LN2_HIGH - (s * (f - rest) - k * LN2_LOW - f);
}

/** log(1 + x) without the loss of digits near 0: with what rounding 1 + x loses carried along. NaN below -1. */
export function log1p(x: number): number {
  const high = highOf(x);
  const magnitude = high & 0x7fffffff;
  if (high >= 0x7ff00000) return x;
  if (high < 0 && magnitude >= 0x3ff00000) return x === -1 ? -Infinity : NaN;
  if (magnitude < 0x3e200000) return magnitude < 0x3c900000 ? x : x - x * x * 0.5;
  let k = 0;
  let f = x;
  let upper = 1;
  let lost = 0;
  const isNear = high < 0x3fda827a && (high > 0 || high <= (0xbfd2bec4 | 0));
  if (!isNear) {
    const isSmall = high < 0x43400000;
    const u = isSmall ? 1 + x : x;
    upper = highOf(u);
    k = (upper >> 20) - 1023;
    lost = isSmall ? (k > 0 ? 1 - (u - x) : x - (u - 1)) / u : 0;
    upper &= 0x000fffff;
    if (upper < 0x6a09e) f = withHigh(u, upper | 0x3ff00000) - 1;
    else {
      k++;
      f = withHigh(u, upper | 0x3fe00000) - 1;
      upper = (0x00100000 - upper) >> 2;
    }
  }
  const half = 0.5 * f * f;
  if (upper === 0) {
    if (f === 0) return k === 0 ? 0 : k * LN2_HIGH + (lost + k * LN2_LOW);
    const rest = half * (1 - (2 / 3) * f);
    return k === 0 ? f - rest : k * LN2_HIGH - (rest - (k * LN2_LOW + lost) - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const rest = z * (L1 + z * (L2 + z * (L3 + z * (L4 + z * (L5 + z * (L6 + z * L7))))));
  if (k === 0) return f - (half - s * (half + rest));
  return k * LN2_HIGH - (half - (s * (half + rest) + (k * LN2_LOW + lost)) - f);
}
