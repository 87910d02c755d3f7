import type { Random } from '../../random.ts';
import { createRandom, shuffle } from '../../random.ts';
import type { Floats } from '../../vector.ts';
import { binFeatures } from './feature-bins.ts';
import type { Tree } from './histogram-tree.ts';
import { growTree, predictClass } from './histogram-tree.ts';
import type { TreeData } from './split-search.ts';

export interface RandomForestOptions {
  readonly count: number;
  readonly dim: number;
  /** At least 1. Default 100. */
  readonly trees?: number;
  readonly seed: number;
  /** Features looked at for each split, 1 to dim. Default: the whole part of √dim. */
  readonly maxFeatures?: number;
  /** Fewest rows in a leaf. Default 1. */
  readonly minLeaf?: number;
  /**
   * `impurity` (default): mean decrease of the Gini impurity. `permutation`: mean loss of accuracy on a tree's
   * out-of-bag rows when one feature is shuffled among them.
   */
  readonly importance?: 'impurity' | 'permutation';
}

export type ForestRange = readonly [from: number, to: number];

/**
 * Importance of every feature in a random forest (Breiman 2001) of classification trees on at most 256 quantile bins,
 * each on a bootstrap sample, grown to purity, √dim features a split: the defaults of scikit-learn's
 * `RandomForestClassifier`, whose `feature_importances_` the impurity form equals except for binning and draws.
 * @param features row-major, shape [count, dim], finite
 * @param labels any whole numbers, one a row
 * @returns length dim. Impurity: non-negative, sums to 1, or all 0 where nothing splits. Permutation: accuracy lost, may
 *   be below 0
 * @throws RangeError for wrong lengths, no rows, options out of range, NaN or Infinity
 * O(trees·depth·count·maxFeatures); the same for every split of the trees into ranges.
 */
export function randomForest(
  features: Floats,
  labels: ArrayLike<number>,
  options: RandomForestOptions,
): Float64Array {
  const { trees = 100 } = options;
  const importances = treeImportances(features, labels, options, [0, trees]);
  return averageTrees(importances, options.dim, options.importance ?? 'impurity');
}

/**
 * The importances of some trees of the forest, to be joined in order and given to `averageTrees`: threads share a
 * forest by ranges.
 * @returns row-major, shape [to − from, dim]
 */
export function treeImportances(
  features: Floats,
  labels: ArrayLike<number>,
  options: RandomForestOptions,
  [from, to]: ForestRange,
): Float64Array {
  const { count, dim, seed, minLeaf = 1, importance = 'impurity' } = options;
  const maxFeatures = options.maxFeatures ?? Math.max(1, Math.floor(Math.sqrt(dim)));
  checkOptions(features, labels, options, maxFeatures);
  const data: TreeData = { bins: binFeatures(features, count, dim), ...numberClasses(labels) };
  const rows = new Float64Array((to - from) * dim);
  for (let tree = from; tree < to; tree++) {
    // Every tree has a stream of its own, whatever range it is grown in.
    const random = createRandom(seed * 2 ** 20 + tree);
    const weights = bootstrapWeights(count, random);
    const grown = growTree(data, weights, { maxFeatures, minLeaf }, random);
    const own =
      importance === 'impurity'
        ? normalized(grown.impurityDecreases)
        : permutationLosses(grown, data, weights, random);
    rows.set(own, (tree - from) * dim);
  }
  return rows;
}

/** Mean over trees; impurity decreases are scaled to sum to 1 again. @param rows row-major, shape [trees, dim] */
export function averageTrees(
  rows: Float64Array,
  dim: number,
  importance: 'impurity' | 'permutation',
): Float64Array {
  const sums = new Float64Array(dim);
  for (let at = 0; at < rows.length; at += dim) {
    for (let feature = 0; feature < dim; feature++) sums[feature] += rows[at + feature];
  }
  const trees = rows.length / dim;
  return importance === 'impurity' ? normalized(sums) : sums.map((sum) => sum / trees);
}

function checkOptions(
  features: Floats,
  labels: ArrayLike<number>,
  { count, dim, trees = 100, minLeaf = 1 }: RandomForestOptions,
  maxFeatures: number,
): void {
  if (count < 1 || features.length !== count * dim || labels.length !== count) {
    throw new RangeError(
      `expected ${Math.max(1, count)}×${dim} features and as many labels as rows, got ${features.length} and ${labels.length}`,
    );
  }
  assertWhole('trees', trees, 1, 2 ** 20);
  assertWhole('maxFeatures', maxFeatures, 1, dim);
  assertWhole('minLeaf', minLeaf, 1, Number.MAX_SAFE_INTEGER);
}

function assertWhole(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new RangeError(`expected ${name} from ${low} to ${high}, got ${value}`);
}

function numberClasses(labels: ArrayLike<number>): Pick<TreeData, 'classes' | 'classCount'> {
  const numbers = new Map<number, number>();
  const classes = Uint16Array.from(labels, (label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
  if (numbers.size > 2 ** 16) throw new RangeError(`expected at most 65536 classes, got ${numbers.size}`);
  return { classes, classCount: numbers.size };
}

/** How often each row is among `count` draws with replacement. */
function bootstrapWeights(count: number, random: Random): Uint16Array {
  const weights = new Uint16Array(count);
  for (let i = 0; i < count; i++) weights[random.nextInt(count)]++;
  return weights;
}

function normalized(values: Float64Array): Float64Array {
  let sum = 0;
  for (const value of values) sum += value;
  return sum === 0 ? values.slice() : values.map((value) => value / sum);
}

/** Share of the out-of-bag rows a tree no longer gets right when a feature is shuffled among them. */
function permutationLosses(tree: Tree, data: TreeData, weights: Uint16Array, random: Random): Float64Array {
  const { bins, classes } = data;
  const losses = new Float64Array(bins.dim);
  const outOfBag = Uint32Array.from(weights.keys()).filter((row) => weights[row] === 0);
  if (outOfBag.length === 0) return losses;
  const right = outOfBag.filter((row) => predictClass(tree, bins, row) === classes[row]).length;
  const shuffled = outOfBag.slice();
  // Features that the tree does not split on lose nothing.
  for (const feature of new Set(tree.features.filter((used) => used >= 0))) {
    shuffle(shuffled, random);
    let stillRight = 0;
    outOfBag.forEach((row, i) => {
      if (predictClass(tree, bins, row, feature, shuffled[i]) === classes[row]) stillRight++;
    });
    losses[feature] = (right - stillRight) / outOfBag.length;
  }
  return losses;
}
