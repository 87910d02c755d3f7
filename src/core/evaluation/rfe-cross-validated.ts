import { remainingRows } from '../pairs/folds.ts';
import { auc } from './metrics.ts';
import type { Floats } from '../vector.ts';
import type { BinaryInput } from '../selection/logistic/logistic-regression-input.ts';
import { binaryInput } from '../selection/logistic/logistic-regression-input.ts';
import type { EliminationFit } from '../selection/elimination/rfe-elimination.ts';
import { eliminate } from '../selection/elimination/rfe-elimination.ts';
import type { RfeOptions } from '../selection/elimination/rfe.ts';
import { eliminationOf, rfe } from '../selection/elimination/rfe.ts';

export interface RfeCrossValidatedOptions extends RfeOptions {
  /** The rows each fold holds out, ascending; `groupedFolds` keeps groups together. */
  readonly folds: readonly Uint32Array[];
  /** Share of held-out rows on the right side of zero, or their area under the ROC curve. Default accuracy. */
  readonly scoring?: 'accuracy' | 'auc';
}

export interface RfeCrossValidated {
  /** How many features score best, of equal ones the fewest. */
  readonly chosen: number;
  /** All features, best first, from an elimination on all rows; the first `chosen` are kept. */
  readonly order: Uint32Array;
  /** The numbers of features tried, from dim down, and the mean score of each over the folds. */
  readonly counts: Uint32Array;
  readonly scores: Float64Array;
}

/**
 * Recursive feature elimination to the count that scores best on held-out rows: scikit-learn's
 * `RFECV(LogisticRegression(C=c), step=step, min_features_to_select=downTo)` over given folds.
 * @throws RangeError as `rfe` does, for no folds, or a fold that leaves rows of one class; with `auc` also for a fold that
 *   holds out rows of one class
 * The cost of folds + 1 eliminations.
 */
export function rfeCrossValidated(
  features: Floats,
  labels: ArrayLike<number>,
  options: RfeCrossValidatedOptions,
): RfeCrossValidated {
  const { folds, scoring = 'accuracy' } = options;
  const input = binaryInput(features, labels, options);
  const elimination = eliminationOf(options);
  if (folds.length === 0) throw new RangeError('expected at least one fold, got none');
  const counts: number[] = [];
  for (let left = input.dim; left > elimination.downTo; left -= elimination.step) counts.push(left);
  counts.push(elimination.downTo);
  const sums = new Float64Array(counts.length);
  folds.forEach((held, fold) => {
    const training = takeRows(input, remainingRows(input.count, held));
    if (new Set(training.targets).size < 2) {
      throw new RangeError(
        `expected rows of 2 classes beside fold ${fold}, got ${training.count} rows of one`,
      );
    }
    const test = takeRows(input, held);
    let at = 0;
    eliminate(training, elimination, (fit) => (sums[at++] += scoreOf(test, fit, scoring)));
  });
  let best = 0;
  for (let at = 1; at < sums.length; at++) if (sums[at] >= sums[best]) best = at;
  return {
    chosen: counts[best],
    order: rfe(features, labels, options).order,
    counts: Uint32Array.from(counts),
    scores: sums.map((sum) => sum / folds.length),
  };
}

function takeRows({ features, targets, dim }: BinaryInput, rows: Uint32Array): BinaryInput {
  const taken = new Float64Array(rows.length * dim);
  rows.forEach((row, at) => taken.set(features.subarray(row * dim, (row + 1) * dim), at * dim));
  return { features: taken, targets: Uint8Array.from(rows, (row) => targets[row]), count: rows.length, dim };
}

function scoreOf(
  { features, targets, count, dim }: BinaryInput,
  { kept, parameters }: EliminationFit,
  scoring: 'accuracy' | 'auc',
): number {
  const decisions = new Float64Array(count).fill(parameters[kept.length]);
  for (let row = 0; row < count; row++) {
    for (let j = 0; j < kept.length; j++) decisions[row] += parameters[j] * features[row * dim + kept[j]];
  }
  if (scoring === 'auc') return auc(decisions, targets);
  let right = 0;
  for (let row = 0; row < count; row++) if (decisions[row] > 0 === (targets[row] === 1)) right++;
  return right / count;
}
