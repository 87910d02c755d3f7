/** How much one thing beats another over the same folds. */
export interface PairedDifference {
  readonly mean: number;
  /** Of the mean: sample standard deviation of the differences over √n. */
  readonly standardError: number;
  /** The mean is above zero by more than one standard error. */
  readonly better: boolean;
}

export interface MeanAndDeviation {
  readonly mean: number;
  readonly sd: number;
}

/** Mean and sample standard deviation (n − 1); 0 for a single value. @throws RangeError for no values */
export function summarize(values: ArrayLike<number>): MeanAndDeviation {
  const count = values.length;
  if (count === 0) throw new RangeError('expected at least one value, got none');
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i];
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i] - mean) ** 2;
  return { mean, sd: count === 1 ? 0 : Math.sqrt(squares / (count - 1)) };
}

/**
 * The rule by which a learned fusion may replace the plain one: better by more than one standard error of the
 * fold-by-fold difference.
 * @param challenger one figure a fold, larger is better; `incumbent` the same folds in the same order
 * @throws RangeError for lists of different length, or fewer than two folds
 */
export function pairedDifference(
  challenger: ArrayLike<number>,
  incumbent: ArrayLike<number>,
): PairedDifference {
  const count = challenger.length;
  if (incumbent.length !== count || count < 2) {
    throw new RangeError(`expected two lists of at least 2 folds, got ${count} and ${incumbent.length}`);
  }
  const { mean, sd } = summarize(Array.from(challenger, (value, fold) => value - incumbent[fold]));
  const standardError = sd / Math.sqrt(count);
  return { mean, standardError, better: mean > standardError };
}
