import { smoothedTargets } from './platt-scaling.ts';
import { interpolate, isotonicRegression } from './isotonic-regression.ts';
import { createRandom } from '../random.ts';
import { type IsotonicFit, MAX_KNOTS } from '../scoring/selection-model.ts';
import type { Floats } from '../vector.ts';

export interface IsotonicOptions {
  /** Scores of one group are resampled together; each is its own by default. */
  readonly groups?: ArrayLike<number>;
  /** Draws the resamples. */
  readonly seed: number;
  readonly resamples?: number;
}

const RESAMPLES = 200;
/** Resamples outside a two-sided 95% interval, on either side. */
const TAIL = 0.025;

/**
 * Isotonic regression of match on score (Zadrozny and Elkan 2002) on Platt's smoothed targets, (n₊+1)/(n₊+2) for a match
 * and 1/(n₋+2) for a mismatch, n the number of each: no probability is 0 or 1, so that `atBaseRate` can move it. The
 * interval at each knot is that of the middle 95% of fits to resampled groups. On runs of only matches or only mismatches
 * every resample agrees, and the interval says less than it should.
 * @param scores finite, larger for a match
 * @param labels 1 for a match, 0 for a mismatch; both must be present
 * @returns at most 256 knots: of more, those nearest to even steps in rank
 * @throws RangeError for lists of different length, a score that is not finite, or labels of one class only
 * O(n·log n + resamples·n).
 */
export function fitIsotonic(scores: Floats, labels: Uint8Array, options: IsotonicOptions): IsotonicFit {
  const count = scores.length;
  if (labels.length !== count) {
    throw new RangeError(`expected ${count} labels, one a score, got ${labels.length}`);
  }
  if (!scores.every(Number.isFinite)) throw new RangeError('expected finite scores');
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  const sorted = Float64Array.from(order, (i) => scores[i]);
  const targets = smoothedTargets(Uint8Array.from(order, (i) => labels[i]));
  const fit = isotonicRegression(sorted, targets, new Float64Array(count).fill(1));
  const kept = evenSteps(fit.positions.length, MAX_KNOTS);
  const knots = kept.map((knot) => fit.positions[knot]);
  const probabilities = kept.map((knot) => fit.values[knot]);
  const groups = options.groups ?? Uint32Array.from(order.keys());
  if (groups.length !== count) {
    throw new RangeError(`expected ${count} groups, one a score, got ${groups.length}`);
  }
  const sortedGroups = Array.from(order, (i) => groups[i]);
  const { resamples = RESAMPLES, seed } = options;
  const { low, high } = bootstrap(sorted, targets, sortedGroups, { knots, resamples, seed });
  return {
    kind: 'isotonic',
    scores: knots,
    probabilities,
    // A resample may lie to one side of the fit altogether; the interval still holds it.
    low: low.map((value, i) => Math.min(value, probabilities[i])),
    high: high.map((value, i) => Math.max(value, probabilities[i])),
  };
}

/** Numbers below `count`, ascending, first and last among them, at most `most`. */
function evenSteps(count: number, most: number): Float64Array {
  const kept = Math.min(count, most);
  return Float64Array.from({ length: kept }, (_, i) =>
    kept === 1 ? 0 : Math.round((i * (count - 1)) / (kept - 1)),
  );
}

/** Percentiles at each knot over fits to groups drawn with replacement. All lists but `knots` are sorted by score. */
function bootstrap(
  scores: Float64Array,
  targets: Float64Array,
  groups: readonly number[],
  {
    knots,
    resamples,
    seed,
  }: { readonly knots: Float64Array; readonly resamples: number; readonly seed: number },
): { low: Float64Array; high: Float64Array } {
  const random = createRandom(seed);
  const numbers = new Map([...new Set(groups)].map((group, i) => [group, i]));
  const groupOf = Uint32Array.from(groups, (group) => numbers.get(group) ?? 0);
  const drawn = new Uint32Array(numbers.size);
  const resampled = new Float64Array(scores.length);
  const values = Array.from(knots, () => new Float64Array(resamples));
  for (let round = 0; round < resamples; round++) {
    drawn.fill(0);
    for (let i = 0; i < drawn.length; i++) drawn[random.nextInt(drawn.length)]++;
    for (let i = 0; i < scores.length; i++) resampled[i] = drawn[groupOf[i]];
    const fit = isotonicRegression(scores, targets, resampled);
    values.forEach((list, i) => (list[round] = interpolate(fit.positions, fit.values, knots[i])));
  }
  for (const list of values) list.sort();
  const below = Math.floor(TAIL * (resamples - 1));
  return {
    low: Float64Array.from(values, (list) => list[below]),
    high: Float64Array.from(values, (list) => list[resamples - 1 - below]),
  };
}
