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

export interface SplitOptions {
  /** Features looked at for each split. */
  readonly maxFeatures: number;
  /** Fewest rows, counted with their weights, on either side of a split. */
  readonly minLeaf: number;
}

/** Below this many rows, sorting a node's bins costs less than clearing and scanning histograms. */
const SORT_BELOW = 20;

/** Looks for the best split of a node. Scratch is allocated once, the inner loops allocate nothing. */
export class SplitSearch {
  readonly #codes: Uint8Array;
  readonly #count: number;
  readonly #classes: Uint8Array | Uint16Array;
  readonly #classCount: number;
  readonly #weights: Uint16Array;
  readonly #options: SplitOptions;
  readonly #random: Random;
  readonly #rows: Uint32Array;
  /** All features, in an order that the draws shuffle on. */
  readonly #drawOrder: Uint32Array;
  readonly #histogram: Float64Array;
  readonly #left: Float64Array;
  readonly #totals: Float64Array;
  readonly #sortedCodes = new Uint8Array(SORT_BELOW);
  readonly #sortedRows = new Uint32Array(SORT_BELOW);
  #bestGain = 0;
  #bestFeature = -1;
  #bestThreshold = 0;

  /** @param rows of the tree, node after node; the tree moves them, a search reads a range of them */
  constructor(
    data: TreeData,
    weights: Uint16Array,
    rows: Uint32Array,
    options: SplitOptions,
    random: Random,
  ) {
    const { codes, count, dim } = data.bins;
    this.#codes = codes;
    this.#count = count;
    this.#classes = data.classes;
    this.#classCount = data.classCount;
    this.#weights = weights;
    this.#options = options;
    this.#random = random;
    this.#rows = rows;
    this.#drawOrder = Uint32Array.from({ length: dim }, (_, feature) => feature);
    this.#histogram = new Float64Array(MAX_BINS * data.classCount);
    this.#left = new Float64Array(data.classCount);
    this.#totals = new Float64Array(data.classCount);
  }

  /** Of the split found last: the decrease of impurity, weighted by rows. */
  get gain(): number {
    return this.#bestGain;
  }

  /** Of the split found last: the feature, or −1 where there is none. */
  get feature(): number {
    return this.#bestFeature;
  }

  /** Of the split found last: rows whose bin is at most this go left. */
  get threshold(): number {
    return this.#bestThreshold;
  }

  /**
   * Look at the rows from `start` to `end`: `gain`, `feature` and `threshold` tell of the best split afterwards.
   * @returns the class with most weight, the lowest of equals
   */
  search(start: number, end: number): number {
    const total = this.#countClasses(start, end);
    const totals = this.#totals;
    let majority = 0;
    for (let c = 1; c < this.#classCount; c++) if (totals[c] > totals[majority]) majority = c;
    this.#bestGain = 0;
    this.#bestFeature = -1;
    if (totals[majority] < total) this.#findSplit(start, end, total);
    return majority;
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
}
