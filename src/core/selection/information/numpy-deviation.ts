import type { Floats } from '../../vector.ts';

/** Below this, and with the strides of this loop, numpy adds plainly; above it halves the range. */
const BLOCK = 128;
const LANES = 8;

/**
 * Population standard deviation to the very bit that `numpy.nanstd` gives for a contiguous column: pairwise sums
 * (numpy/core/src/umath/loops_utils.h.src), every step rounded to the precision of the column. Only where ties decide
 * does the last bit matter, and there it does.
 * @param values finite
 * @param scratch of the same class and length; overwritten
 */
export function numpyDeviation(values: Floats, scratch: Floats): number {
  const count = values.length;
  const round = roundingOf(values);
  const mean = round(pairwiseSum(values, 0, count, round) / count);
  for (let i = 0; i < count; i++) scratch[i] = values[i] - mean;
  for (let i = 0; i < count; i++) scratch[i] *= scratch[i];
  return round(Math.sqrt(round(pairwiseSum(scratch, 0, count, round) / count)));
}

/** `numpy.mean(numpy.abs(column))`, to the bit. @param scratch of the same class and length; overwritten */
export function numpyMeanMagnitude(values: Floats, scratch: Floats): number {
  const round = roundingOf(values);
  for (let i = 0; i < values.length; i++) scratch[i] = Math.abs(values[i]);
  return round(pairwiseSum(scratch, 0, values.length, round) / values.length);
}

type Round = (x: number) => number;

function roundingOf(values: Floats): Round {
  return values instanceof Float32Array ? Math.fround : (x) => x;
}

function pairwiseSum(values: Floats, start: number, count: number, round: Round): number {
  if (count < LANES) {
    let sum = 0;
    for (let i = start; i < start + count; i++) sum = round(sum + values[i]);
    return sum;
  }
  if (count > BLOCK) {
    const half = Math.floor(count / 2);
    const first = half - (half % LANES);
    const left = pairwiseSum(values, start, first, round);
    return round(left + pairwiseSum(values, start + first, count - first, round));
  }
  // A typed array of the column's own class rounds each lane as numpy does.
  const lanes = values.slice(start, start + LANES);
  const whole = count - (count % LANES);
  for (let i = LANES; i < whole; i += LANES) {
    for (let lane = 0; lane < LANES; lane++) lanes[lane] += values[start + i + lane];
  }
  const [a, b, c, d, e, f, g, h] = lanes;
  let sum = round(round(round(a + b) + round(c + d)) + round(round(e + f) + round(g + h)));
  for (let i = start + whole; i < start + count; i++) sum = round(sum + values[i]);
  return sum;
}
