import { createRandom } from '../random.ts';

/** A figure with its 95% interval, which always holds the figure itself. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A figure of pairs that count several times or not at all; NaN where they leave it undefined. */
export interface Statistic {
  /** @param weights how often each pair counts */
  readonly of: (weights: Float64Array) => number;
  /** Where the figure can lie. */
  readonly least: number;
  readonly most: number;
}

const RESAMPLES = 500;
/** Resamples outside a two-sided 95% interval, on either side. */
const TAIL = 0.025;

/**
 * Figures with 95% intervals over resampled groups: pairs of one group depend on each other and are drawn together. The interval
 * is the basic bootstrap's, 2·value − q(0.975) to 2·value − q(0.025) (Davison and Hinkley 1997, 5.2.1), cut to where the figure can
 * lie: it takes off what a resample adds by being a sample once more, as it does to a calibration error.
 * @param groups one a pair
 * @param statistics each of the same pairs, and all over the same resamples
 * @throws RangeError for no pairs
 * O(resamples · pairs · statistics)
 */
export function resampledEstimates(
  groups: ArrayLike<number>,
  statistics: readonly Statistic[],
  seed: number,
): Estimate[] {
  const count = groups.length;
  if (count === 0) throw new RangeError('expected at least one pair, got none');
  const numbers = new Map<number, number>();
  const groupOf = Uint32Array.from(groups, (group) => {
    const number = numbers.get(group) ?? numbers.size;
    numbers.set(group, number);
    return number;
  });
  const random = createRandom(seed);
  const drawn = new Uint32Array(numbers.size);
  const weights = new Float64Array(count);
  const resampled = statistics.map(() => new Float64Array(RESAMPLES));
  for (let round = 0; round < RESAMPLES; round++) {
    drawn.fill(0);
    for (let i = 0; i < drawn.length; i++) drawn[random.nextInt(drawn.length)]++;
    for (let i = 0; i < count; i++) weights[i] = drawn[groupOf[i]];
    statistics.forEach((statistic, s) => (resampled[s][round] = statistic.of(weights)));
  }
  const once = new Float64Array(count).fill(1);
  return statistics.map((statistic, s) => basicInterval(statistic, statistic.of(once), resampled[s]));
}

function basicInterval({ least, most }: Statistic, value: number, resampled: Float64Array): Estimate {
  // A resample may hold one class only, which leaves an AUC undefined.
  const defined = resampled.filter(Number.isFinite).sort();
  if (defined.length === 0) return { value, low: least, high: most };
  const below = Math.floor(TAIL * (defined.length - 1));
  const low = 2 * value - defined[defined.length - 1 - below];
  const high = 2 * value - defined[below];
  return {
    value,
    low: Math.min(value, Math.max(least, low)),
    high: Math.max(value, Math.min(most, high)),
  };
}
