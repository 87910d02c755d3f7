import { hashFloats, hashNumbers } from '../pairs/content-hash.ts';
import type { PairSet } from '../pairs/pair-set.ts';
import type { ColumnRanges } from './univariate/column-ranges.ts';
import { addToColumnRanges, createColumnRanges } from './univariate/column-ranges.ts';
import { prepareTraining } from './training.ts';

/**
 * What is fixed before shards are read, so that each pair adds the same to the statistics whatever shard it stands in: all of it comes from the
 * grouped sample.
 */
export interface ShardPlan {
  readonly dim: number;
  /** A hash of all the rest but what is wanted: statistics of different plans do not add up. Whole, below 2^53. */
  readonly id: number;
  /** What pair features are centred by: the means of the sample; null where nothing is centred. */
  readonly imageMean: Float32Array | null;
  readonly textMean: Float32Array | null;
  /** The captions that mismatches are made with. */
  readonly partners: Partners;
  /** Mismatches a match. */
  readonly ratio: number;
  readonly seed: number;
  /** Of the sample's pair features: the edges of bins. Values beyond go to the outer bins. */
  readonly ranges: ColumnRanges;
  readonly bins: number;
  /** What is summed: a covariance takes 24·dim² bytes and most of the time. */
  readonly wants: Wants;
}

export interface Wants {
  /** For pca, cross-covariance, whitened-cross-covariance and cca. */
  readonly covariance: boolean;
  /** For variance, f-statistic, chi-square and mutual-information-binned. */
  readonly features: boolean;
}

export interface Partners {
  /** Row-major, shape [texts, dim]: embeddings of unit norm. */
  readonly embeddings: Float32Array;
  /** Hash of each: a pair does not take its own caption. */
  readonly hashes: Float64Array;
  /**
   * The groups that the captions belong to in the sample, as `sampleKey` has them, caption after caption: a pair takes none of its group. One
   * caption may be of many, as the name of a class is.
   */
  readonly keys: Float64Array;
  /** How many of the keys are each caption's. */
  readonly keyCounts: Uint32Array;
}

/** Eight megabytes at 512 coordinates; variances of so many differ from those of all by some 2%. */
export const MOST_PARTNERS = 4096;
const BINS = 16;

/** How a plan is made. */
export interface PlanOptions {
  readonly centred: boolean;
  readonly seed: number;
  readonly mismatches: { readonly ratio: number; readonly hardShare: number };
  readonly wants: Wants;
}

/**
 * The plan of a grouped sample.
 * @param keys `sampleKey` of each pair
 * @throws RangeError for a share of hard mismatches: those need all captions at once; for pairs of one group
 */
export function planShards(
  set: PairSet,
  keys: Float64Array,
  { centred, seed, mismatches, wants }: PlanOptions,
): ShardPlan {
  if (mismatches.hardShare > 0 && wants.features) {
    throw new RangeError(
      `expected random mismatches over shards, got a share of ${mismatches.hardShare} hard ones`,
    );
  }
  const { dim } = set;
  const all = Uint32Array.from(set.groups.keys());
  const { imageMean, textMean, features } = prepareTraining(set, all, {
    centred,
    seed,
    mismatches: { ...mismatches, hardShare: 0 },
  });
  const ranges = createColumnRanges(dim);
  addToColumnRanges(ranges, features);
  const { ratio } = mismatches;
  const plan = {
    dim,
    imageMean,
    textMean,
    partners: partnersOf(set, keys),
    ratio,
    seed,
    ranges,
    bins: BINS,
    wants,
  };
  return { ...plan, id: planId(plan) };
}

/** The captions of the sample, each once, those of the lowest hashes where there are too many: which they are depends on the content alone. */
function partnersOf({ dim, textEmbeddings, textRows }: PairSet, keys: Float64Array): Partners {
  const keysOfRow = new Map<number, Set<number>>();
  textRows.forEach((row, pair) => {
    const known = keysOfRow.get(row);
    if (known === undefined) keysOfRow.set(row, new Set([keys[pair]]));
    else known.add(keys[pair]);
  });
  const rowOf = (row: number): Float32Array => textEmbeddings.subarray(row * dim, (row + 1) * dim);
  const chosen = Array.from(keysOfRow, ([row, of]) => ({
    row,
    keys: [...of].sort((a, b) => a - b),
    hash: hashFloats(rowOf(row)),
  }))
    .sort((a, b) => a.hash - b.hash)
    .slice(0, MOST_PARTNERS);
  const embeddings = new Float32Array(chosen.length * dim);
  chosen.forEach(({ row }, i) => embeddings.set(rowOf(row), i * dim));
  return {
    embeddings,
    hashes: Float64Array.from(chosen, ({ hash }) => hash),
    keys: Float64Array.from(chosen.flatMap((caption) => caption.keys)),
    keyCounts: Uint32Array.from(chosen, (caption) => caption.keys.length),
  };
}

/** Whole, below 2^53. */
export function planId({
  dim,
  imageMean,
  textMean,
  partners,
  ratio,
  seed,
  ranges,
  bins,
}: Omit<ShardPlan, 'id' | 'wants'>): number {
  const parts = [imageMean, textMean, partners.embeddings].map((floats) =>
    floats === null ? 0 : hashFloats(floats),
  );
  const doubles = [partners.hashes, partners.keys, ranges.minima, ranges.maxima].map((values) =>
    hashFloats(new Float32Array(values.buffer, values.byteOffset, 2 * values.length)),
  );
  const counts = hashFloats(Float32Array.from(partners.keyCounts));
  return hashNumbers(dim, ...parts, ...doubles, counts, ratio, seed, bins);
}
