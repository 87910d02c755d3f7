import type { Random } from '../../random.ts';
import type { FeatureBins } from './feature-bins.ts';
import { MAX_BINS } from './feature-bins.ts';

/** What a tree is grown on. */
export interface TreeData {
  readonly bins: FeatureBins;
  /** Class of each row, from 0 to classCount − 1. */
  readonly classes: Uint8Array | Uint16Array;
  readonly classCount: number;
}

export interface TreeOptions {
  /** Features looked at for each split. */
  readonly maxFeatures: number;
  /** Fewest rows, counted with their weights, on either side of a split. */
  readonly minLeaf: number;
}

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

/** Below this many rows, sorting a node's bins costs less than clearing and scanning histograms. */
const SORT_BELOW = 20;

/**
 * Grow one classification tree to purity: at every node the best Gini split among `maxFeatures` features drawn without
 * repetition (more, until one of them is not constant there), as scikit-learn's trees do, on binned values.
 * @param weights how often each row counts, whole numbers; rows of weight 0 take no part
 * O(depth·count·maxFeatures)
 */
export function growTree(data: TreeData, weights: Uint16Array, options: TreeOptions, random: Random): Tree {
  const grower = new TreeGrower(data, weights, options, random);
  return grower.grow();
}

/** The state of one tree while it grows: scratch is allocated once, the inner loops allocate nothing. */
class TreeGrower {
  readonly #codes: Uint8Array;
  readonly #count: number;
  readonly #classes: Uint8Array | Uint16Array;
  readonly #classCount: number;
  readonly #weights: Uint16Array;
  readonly #options: TreeOptions;
  readonly #random: Random;
  /** Rows, node after node: a node is a range of it. */
  readonly #rows: Uint32Array;
  readonly #scratchRows: Uint32Array;
  /** All features, in an order that the draws shuffle on. */
  readonly #drawOrder: Uint32Array;
  readonly #histogram: Float64Array;
  readonly #left: Float64Array;
  readonly #totals: Float64Array;
  readonly #decreases: Float64Array;
  readonly #sortedCodes = new Uint8Array(SORT_BELOW);
  readonly #sortedRows = new Uint32Array(SORT_BELOW);

  readonly #features: Int32Array;
  readonly #thresholds: Uint8Array;
  readonly #children: Int32Array;
  readonly #majorities: Uint16Array;
  #nodeCount = 0;

  /** The best split found at the node at hand. */
  #bestGain = 0;
  #bestFeature = -1;
  #bestThreshold = 0;

  constructor(data: TreeData, weights: Uint16Array, options: TreeOptions, random: Random) {
    const { codes, count, dim } = data.bins;
    this.#codes = codes;
    this.#count = count;
    this.#classes = data.classes;
    this.#classCount = data.classCount;
    this.#weights = weights;
    this.#options = options;
    this.#random = random;
    this.#rows = Uint32Array.from(weights.keys()).filter((row) => weights[row] > 0);
    this.#scratchRows = new Uint32Array(this.#rows.length);
    this.#drawOrder = Uint32Array.from({ length: dim }, (_, feature) => feature);
    this.#histogram = new Float64Array(MAX_BINS * data.classCount);
    this.#left = new Float64Array(data.classCount);
    this.#totals = new Float64Array(data.classCount);
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
    const total = this.#countClasses(start, end);
    const totals = this.#totals;
    let majority = 0;
    for (let c = 1; c < this.#classCount; c++) if (totals[c] > totals[majority]) majority = c;
    this.#majorities[node] = majority;
    if (totals[majority] === total) return null;
    this.#findSplit(start, end, total);
    if (this.#bestFeature < 0) return null;
    this.#features[node] = this.#bestFeature;
    this.#thresholds[node] = this.#bestThreshold;
    this.#decreases[this.#bestFeature] += this.#bestGain;
    return this.#partition(start, end);
  }

  #countClasses(start: number, end: number): number {
    const totals = this.#totals.fill(0);
    let total = 0;
    for (let i = start; i < end; i++) {
      const row = this.#rows[i];
      totals[this.#classes[row]] += this.#weights[row];
      total += this.#weights[row];
    }
    return total;
  }

  #findSplit(start: number, end: number, total: number): void {
    const { maxFeatures } = this.#options;
    const order = this.#drawOrder;
    this.#bestGain = 0;
    this.#bestFeature = -1;
    let base = 0;
    for (const weight of this.#totals) base += weight * weight;
    base /= total;
    let useful = 0;
    for (let drawn = 0; drawn < order.length; drawn++) {
      if (drawn >= maxFeatures && useful > 0) break;
      const at = drawn + this.#random.nextInt(order.length - drawn);
      const feature = order[at];
      order[at] = order[drawn];
      order[drawn] = feature;
      const isSmall = end - start < SORT_BELOW;
      const varies = isSmall
        ? this.#scanSorted(feature, start, end, total, base)
        : this.#scanHistogram(feature, start, end, total, base);
      if (varies) useful++;
    }
  }

  /** @returns whether the feature varies over the node */
  #scanHistogram(feature: number, start: number, end: number, total: number, base: number): boolean {
    const classCount = this.#classCount;
    const histogram = this.#histogram;
    const codes = this.#codes;
    const classes = this.#classes;
    const weights = this.#weights;
    const rows = this.#rows;
    const offset = feature * this.#count;
    let lowest = MAX_BINS;
    let highest = -1;
    for (let i = start; i < end; i++) {
      const row = rows[i];
      const code = codes[offset + row];
      histogram[code * classCount + classes[row]] += weights[row];
      if (code < lowest) lowest = code;
      if (code > highest) highest = code;
    }
    const left = this.#left.fill(0);
    let leftTotal = 0;
    for (let code = lowest; code <= highest; code++) {
      let here = 0;
      for (let c = 0, slot = code * classCount; c < classCount; c++, slot++) {
        left[c] += histogram[slot];
        here += histogram[slot];
        histogram[slot] = 0;
      }
      leftTotal += here;
      if (here > 0 && code < highest) this.#consider(feature, code, leftTotal, total, base);
    }
    return highest > lowest;
  }

  /** The same for few rows: insertion sort by bin. */
  #scanSorted(feature: number, start: number, end: number, total: number, base: number): boolean {
    const sortedCodes = this.#sortedCodes;
    const sortedRows = this.#sortedRows;
    const offset = feature * this.#count;
    const size = end - start;
    for (let i = 0; i < size; i++) {
      const row = this.#rows[start + i];
      const code = this.#codes[offset + row];
      let at = i;
      for (; at > 0 && sortedCodes[at - 1] > code; at--) {
        sortedCodes[at] = sortedCodes[at - 1];
        sortedRows[at] = sortedRows[at - 1];
      }
      sortedCodes[at] = code;
      sortedRows[at] = row;
    }
    if (sortedCodes[0] === sortedCodes[size - 1]) return false;
    const left = this.#left.fill(0);
    let leftTotal = 0;
    for (let i = 0; i + 1 < size; i++) {
      const row = sortedRows[i];
      left[this.#classes[row]] += this.#weights[row];
      leftTotal += this.#weights[row];
      if (sortedCodes[i] < sortedCodes[i + 1])
        this.#consider(feature, sortedCodes[i], leftTotal, total, base);
    }
    return true;
  }

  /** Keep the split behind this bin when it lowers the impurity most so far: Σl²/L + Σr²/R − Σt²/T. */
  #consider(feature: number, code: number, leftTotal: number, total: number, base: number): void {
    const rightTotal = total - leftTotal;
    const { minLeaf } = this.#options;
    if (leftTotal < minLeaf || rightTotal < minLeaf) return;
    const left = this.#left;
    const totals = this.#totals;
    let leftSquares = 0;
    let rightSquares = 0;
    for (let c = 0; c < this.#classCount; c++) {
      const right = totals[c] - left[c];
      leftSquares += left[c] * left[c];
      rightSquares += right * right;
    }
    const gain = leftSquares / leftTotal + rightSquares / rightTotal - base;
    // A first split is taken even where it gains nothing, as in XOR: the next ones may.
    if (gain > this.#bestGain || this.#bestFeature < 0) {
      this.#bestGain = Math.max(0, gain);
      this.#bestFeature = feature;
      this.#bestThreshold = code;
    }
  }

  /** Rows of the left side first, both sides in their order. */
  #partition(start: number, end: number): number {
    const rows = this.#rows;
    const offset = this.#bestFeature * this.#count;
    let left = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i];
      if (this.#codes[offset + row] <= this.#bestThreshold) rows[left++] = row;
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
