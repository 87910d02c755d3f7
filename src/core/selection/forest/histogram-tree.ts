import type { Random } from '../../random.ts';
import type { FeatureBins } from './feature-bins.ts';
import { type SplitOptions, SplitSearch, type TreeData } from './split-search.ts';

/** Nodes in the order they were made; the root is 0. */
export interface Tree {
  /** The feature a node splits on, or −1 for a leaf. */
  readonly features: Int32Array;
  /** Rows whose bin is at most this go left. */
  readonly thresholds: Uint8Array;
  /** The left child; the right one follows it. */
  readonly children: Int32Array;
  /** The class with most weight in a node, the lowest of equals. */
  readonly majorities: Uint16Array;
  /** Length dim: decrease of the Gini impurity by the splits on each feature, weighted by rows, not normalised. */
  readonly impurityDecreases: Float64Array;
}

/**
 * Grow one classification tree to purity: at every node the best Gini split among `maxFeatures` features drawn without
 * repetition (more, until one of them is not constant there), as scikit-learn's trees do, on binned values.
 * @param weights how often each row counts, whole numbers; rows of weight 0 take no part
 * O(depth·count·maxFeatures)
 */
export function growTree(data: TreeData, weights: Uint16Array, options: SplitOptions, random: Random): Tree {
  const grower = new TreeGrower(data, weights, options, random);
  return grower.grow();
}

/** The state of one tree while it grows. */
class TreeGrower {
  readonly #codes: Uint8Array;
  readonly #count: number;
  readonly #search: SplitSearch;
  /** Rows, node after node: a node is a range of it. */
  readonly #rows: Uint32Array;
  readonly #scratchRows: Uint32Array;
  readonly #decreases: Float64Array;
  readonly #features: Int32Array;
  readonly #thresholds: Uint8Array;
  readonly #children: Int32Array;
  readonly #majorities: Uint16Array;
  #nodeCount = 0;

  constructor(data: TreeData, weights: Uint16Array, options: SplitOptions, random: Random) {
    const { codes, count, dim } = data.bins;
    this.#codes = codes;
    this.#count = count;
    this.#rows = Uint32Array.from(weights.keys()).filter((row) => weights[row] > 0);
    this.#search = new SplitSearch(data, weights, this.#rows, options, random);
    this.#scratchRows = new Uint32Array(this.#rows.length);
    this.#decreases = new Float64Array(dim);
    const mostNodes = 2 * this.#rows.length;
    this.#features = new Int32Array(mostNodes);
    this.#thresholds = new Uint8Array(mostNodes);
    this.#children = new Int32Array(mostNodes);
    this.#majorities = new Uint16Array(mostNodes);
  }

  grow(): Tree {
    const pending: number[] = [this.#newNode(), 0, this.#rows.length];
    for (let end = pending.pop(); end !== undefined; end = pending.pop()) {
      const start = pending.pop() ?? 0;
      const node = pending.pop() ?? 0;
      const middle = this.#split(node, start, end);
      if (middle === null) continue;
      const left = this.#newNode();
      const right = this.#newNode();
      this.#children[node] = left;
      pending.push(right, middle, end, left, start, middle);
    }
    const count = this.#nodeCount;
    return {
      features: this.#features.slice(0, count),
      thresholds: this.#thresholds.slice(0, count),
      children: this.#children.slice(0, count),
      majorities: this.#majorities.slice(0, count),
      impurityDecreases: this.#decreases,
    };
  }

  #newNode(): number {
    this.#features[this.#nodeCount] = -1;
    return this.#nodeCount++;
  }

  /** Decide on a node: returns where its right side begins after moving its rows, or null for a leaf. */
  #split(node: number, start: number, end: number): number | null {
    const search = this.#search;
    this.#majorities[node] = search.search(start, end);
    const { feature } = search;
    if (feature < 0) return null;
    this.#features[node] = feature;
    this.#thresholds[node] = search.threshold;
    this.#decreases[feature] += search.gain;
    return this.#partition(start, end, feature, search.threshold);
  }

  /** Rows of the left side first, both sides in their order. */
  #partition(start: number, end: number, feature: number, threshold: number): number {
    const rows = this.#rows;
    const offset = feature * this.#count;
    let left = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i];
      if (this.#codes[offset + row] <= threshold) rows[left++] = row;
      else this.#scratchRows[right++] = row;
    }
    rows.set(this.#scratchRows.subarray(0, right), left);
    return left;
  }
}

/**
 * The class a tree gives to a row.
 * @param swapFeature reads this feature from row `swapRow` in place of the row's own; −1 for none
 */
export function predictClass(
  tree: Tree,
  bins: FeatureBins,
  row: number,
  swapFeature = -1,
  swapRow = row,
): number {
  const { features, thresholds, children, majorities } = tree;
  const { codes, count } = bins;
  let node = 0;
  while (features[node] >= 0) {
    const feature = features[node];
    const code = codes[feature * count + (feature === swapFeature ? swapRow : row)];
    node = children[node] + (code <= thresholds[node] ? 0 : 1);
  }
  return majorities[node];
}
