import type { Floats } from '../vector.ts';

export interface Thresholds {
  /** Lowest probability at or above which the pairs meet the target precision, ≥ 0.5; 1 when none does. */
  readonly matchThreshold: number;
  /** Highest probability at or below which the pairs meet the target precision, < 0.5; 0 when none does. */
  readonly mismatchThreshold: number;
  /** Measured share of true pairs among those at or above `matchThreshold`; null when the target was not met. */
  readonly matchPrecision: number | null;
  /** Measured share of false pairs among those at or below `mismatchThreshold`; null when the target was not met. */
  readonly mismatchPrecision: number | null;
  /** Share of the pairs between the thresholds. */
  readonly uncertainShare: number;
}

export interface ThresholdOptions {
  /** What the pairs on either side must meet, in (0, 1]. */
  readonly precision?: number;
  /** How many pairs a side needs, whatever their weights. */
  readonly minPairs?: number;
  /** How much each pair counts, ≥ 0; 1 each by default. */
  readonly weights?: Floats;
}

export const DEFAULT_PRECISION = 0.95;
/** Fewer pairs than this on one side meet a precision by luck. */
const MIN_PAIRS = 20;

/**
 * Thresholds that reach a precision on held-out pairs: MATCH as low as the pooled precision above allows, MISMATCH
 * as high as the pooled precision below allows, with 0.5 between them, so that the two never cross. Where the target
 * cannot be met with at least `minPairs` pairs, the side is closed (threshold 1 or 0) and its precision is null.
 * @param probabilities in [0, 1], calibrated at the base rate at which the precision is meant
 * @param labels 1 for a true pair, 0 for a false one
 * @param options weights: give the share of true pairs that the precision is meant for, where the pairs have another
 * @throws RangeError for lists of different length, no pairs, or a precision outside (0, 1]
 */
export function chooseThresholds(
  probabilities: Floats,
  labels: Uint8Array,
  { precision = DEFAULT_PRECISION, minPairs = MIN_PAIRS, weights }: ThresholdOptions = {},
): Thresholds {
  const count = probabilities.length;
  const masses = weights ?? new Float64Array(count).fill(1);
  if (count === 0 || labels.length !== count || masses.length !== count) {
    throw new RangeError(
      `expected one label and one weight a probability, got ${count} probabilities, ${labels.length} labels and ${masses.length} weights`,
    );
  }
  if (!(precision > 0 && precision <= 1))
    throw new RangeError(`expected a precision in (0, 1], got ${precision}`);
  const ascending = Uint32Array.from(probabilities, (_, i) => i).sort(
    (a, b) => probabilities[a] - probabilities[b],
  );
  const pairs = { probabilities, labels, masses };
  const match = farthest(pairs, ascending.toReversed(), 1, precision, minPairs);
  const mismatch = farthest(pairs, ascending, 0, precision, minPairs);
  const matchThreshold = match?.threshold ?? 1;
  const mismatchThreshold = mismatch?.threshold ?? 0;
  let uncertain = 0;
  let all = 0;
  for (let i = 0; i < count; i++) {
    all += masses[i];
    if (probabilities[i] < matchThreshold && probabilities[i] > mismatchThreshold) uncertain += masses[i];
  }
  return {
    matchThreshold,
    mismatchThreshold,
    matchPrecision: match?.precision ?? null,
    mismatchPrecision: mismatch?.precision ?? null,
    uncertainShare: uncertain / all,
  };
}

interface WeighedPairs {
  readonly probabilities: Floats;
  readonly labels: Uint8Array;
  readonly masses: Floats;
}

/** Walk from the sure end towards 0.5 and keep the last probability at which the pooled precision still holds. */
function farthest(
  { probabilities, labels, masses }: WeighedPairs,
  order: Uint32Array,
  wanted: 0 | 1,
  precision: number,
  minPairs: number,
): { threshold: number; precision: number } | null {
  let best: { threshold: number; precision: number } | null = null;
  let right = 0;
  let all = 0;
  for (let i = 0; i < order.length; i++) {
    const p = probabilities[order[i]];
    if (wanted === 1 ? p < 0.5 : p >= 0.5) break;
    all += masses[order[i]];
    if (labels[order[i]] === wanted) right += masses[order[i]];
    // Pairs of equal probability fall on one side together.
    if (i + 1 < order.length && probabilities[order[i + 1]] === p) continue;
    const pooled = right / all;
    if (i + 1 >= minPairs && pooled >= precision) best = { threshold: p, precision: pooled };
  }
  return best;
}
