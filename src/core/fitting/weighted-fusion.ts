import { groupedFolds, remainingRows } from '../pairs/folds.ts';
import type { LogisticProblem } from '../selection/logistic/non-negative-logistic.ts';
import { meanLogLoss, minimizeNonNegative } from '../selection/logistic/non-negative-logistic.ts';
import type { Fusion } from '../scoring/selection-model.ts';

export interface WeightedFusionOptions {
  readonly count: number;
  readonly k: number;
  /** Penalty on the weights of scaled features, ≥ 0: 0.5·l2·Σw². */
  readonly l2: number;
}

export type WeightedFusion = Extract<Fusion, { kind: 'weighted' }>;

/** What `chooseL2` tries, each from the solution of the one before: from weights near zero to hardly any penalty. */
const L2_PATH = [1, 1e-1, 1e-2, 1e-3, 1e-4];
const INNER_FOLDS = 3;

/**
 * Logistic regression of match on kept pair features with weights that cannot be negative (a coordinate may be ignored,
 * never held against a pair): minimises mean log loss + 0.5·l2·Σw² over features divided by their common root mean
 * square; the bias is free. The weights returned belong to the features as given.
 * @param features row-major, shape [count, k], finite
 * @param labels 1 for a match, 0 for a mismatch; both present
 * @throws RangeError for wrong lengths, one class, or a negative l2
 */
export function fitWeightedFusion(
  features: Float32Array,
  labels: Uint8Array,
  { count, k, l2 }: WeightedFusionOptions,
): WeightedFusion {
  if (!(l2 >= 0)) throw new RangeError(`expected l2 of at least 0, got ${l2}`);
  const { x, scale } = designMatrix(features, labels, count, k);
  const parameters = minimizeNonNegative({ x, labels, width: k + 1, l2 }, new Float64Array(k + 1));
  return {
    kind: 'weighted',
    weights: Float32Array.from(parameters.subarray(0, k), (w) => w / scale),
    bias: parameters[k],
  };
}

/**
 * The penalty with the lowest log loss over inner folds by group.
 * @param groups one a row of `features`
 * @throws RangeError as `fitWeightedFusion`, or for fewer than three groups
 */
export function chooseL2(
  features: Float32Array,
  labels: Uint8Array,
  groups: Int32Array,
  { count, k, seed }: { readonly count: number; readonly k: number; readonly seed: number },
): number {
  const { x } = designMatrix(features, labels, count, k);
  const losses = new Float64Array(L2_PATH.length);
  for (const held of groupedFolds(groups, INNER_FOLDS, seed)) {
    const inner = rowsOf(x, labels, k + 1, remainingRows(count, held));
    const outer = rowsOf(x, labels, k + 1, held);
    let parameters: Float64Array = new Float64Array(k + 1);
    L2_PATH.forEach((l2, i) => {
      parameters = minimizeNonNegative({ ...inner, l2 }, parameters);
      losses[i] += meanLogLoss({ ...outer, l2 }, parameters);
    });
  }
  return L2_PATH[losses.indexOf(Math.min(...losses))];
}

/** Features over their root mean square, and a last column of ones for the bias. */
function designMatrix(
  features: Float32Array,
  labels: Uint8Array,
  count: number,
  k: number,
): { x: Float64Array; scale: number } {
  if (features.length !== count * k || labels.length !== count) {
    throw new RangeError(
      `expected ${count}×${k} features and ${count} labels, got ${features.length} and ${labels.length}`,
    );
  }
  const matches = labels.reduce((sum, label) => sum + label, 0);
  if (matches === 0 || matches === count) {
    throw new RangeError(`expected matches and mismatches, got ${matches} matches of ${count}`);
  }
  let squares = 0;
  for (const feature of features) squares += feature * feature;
  const scale = Math.sqrt(squares / features.length) || 1;
  const width = k + 1;
  const x = new Float64Array(count * width).fill(1);
  for (let row = 0; row < count; row++) {
    for (let j = 0; j < k; j++) x[row * width + j] = features[row * k + j] / scale;
  }
  return { x, scale };
}

function rowsOf(
  x: Float64Array,
  labels: Uint8Array,
  width: number,
  rows: Uint32Array,
): Omit<LogisticProblem, 'l2'> {
  const kept = new Float64Array(rows.length * width);
  rows.forEach((row, i) => kept.set(x.subarray(row * width, (row + 1) * width), i * width));
  return { x: kept, labels: Uint8Array.from(rows, (row) => labels[row]), width };
}
