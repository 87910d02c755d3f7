/** Counts of observations by upper bound, as Prometheus has them. */
export interface Histogram {
  /** Upper bounds in ascending order; what is above the last counts in `count` alone. */
  readonly bounds: readonly number[];
  /** One a bound: observations at most so large and above the bound before. */
  readonly counts: number[];
  count: number;
  sum: number;
}

export function createHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: bounds.map(() => 0), count: 0, sum: 0 };
}

export function observeValue(histogram: Histogram, value: number): void {
  histogram.count += 1;
  histogram.sum += value;
  const at = histogram.bounds.findIndex((bound) => value <= bound);
  if (at >= 0) histogram.counts[at] += 1;
}
