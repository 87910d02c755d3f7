import type { CrossMoments, ScatterMoments } from '../linear-algebra/moments.ts';
import {
  addToCrossMoments,
  addToScatterMoments,
  createCrossMoments,
  createScatterMoments,
  mergeCrossMoments,
  mergeScatterMoments,
} from '../linear-algebra/moments.ts';
import { HASH_RANGE, hashFloats, hashNumbers } from '../pairs/content-hash.ts';
import { HashSet } from '../pairs/hash-set.ts';
import { pairFeatures } from '../pairs/pair-features.ts';
import type { BinCounts } from './information/bin-counts.ts';
import { addToBinCounts, createBinCounts, mergeBinCounts } from './information/bin-counts.ts';
import type { ShardPlan } from './shard-plan.ts';
import type { ClassMoments } from './univariate/class-moments.ts';
import { addToClassMoments, createClassMoments, mergeClassMoments } from './univariate/class-moments.ts';
import type { ClassSums } from './univariate/class-sums.ts';
import { addToClassSums, createClassSums, mergeClassSums } from './univariate/class-sums.ts';

/** What is summed of the pairs of a shard, or of many: plain data, mergeable. */
export interface ShardStatistics {
  readonly dim: number;
  /** Of the plan that it was summed under. */
  readonly planId: number;
  readonly counts: PairCounts;
  /** Null where the plan does not want it. */
  readonly covariance: CovarianceSums | null;
  readonly features: FeatureSums | null;
}

export interface PairCounts {
  /** Matches, each once in its shard. */
  readonly pairs: number;
  /** Matches that repeat the image and the text of an earlier one of their shard. */
  readonly repeated: number;
  /** Mismatches that a person marked, each once. */
  readonly marked: number;
}

/** Each image and each caption once in its shard, and every match. */
export interface CovarianceSums {
  readonly images: ScatterMoments;
  readonly texts: ScatterMoments;
  readonly cross: CrossMoments;
}

/** Pair features of matches (1) and mismatches (0). */
export interface FeatureSums {
  readonly moments: ClassMoments;
  readonly sums: ClassSums;
  readonly bins: BinCounts;
}

/** Pairs of a shard, row by row. */
export interface PairBatch {
  /** Row-major, shape [count, dim] each: embeddings of unit norm; row i of one belongs to row i of the other. */
  readonly images: Float32Array;
  readonly texts: Float32Array;
  /** 1 a match, 0 a mismatch that a person marked. */
  readonly labels: Uint8Array;
  /** `sampleKey` of each. */
  readonly keys: Float64Array;
}

/**
 * Pairs that are summed at once: sums depend on it in their last digits, so it is one number for all. At 512 coordinates two windows take
 * 16 MB, and their features as much again.
 */
const WINDOW_PAIRS = 4096;

/**
 * The statistics of one shard. The same to the bit wherever it is computed with the same kernels.
 * @throws RangeError for arrays that do not fit each other, or numbers that are not finite
 */
export function statisticsOf(shard: PairBatch, plan: ShardPlan): ShardStatistics {
  const summing = sumShard(plan);
  summing.add(shard);
  return summing.finish();
}

/** Of no pairs: what merging begins with. */
export function emptyStatistics({ dim, id, ranges, bins, wants }: ShardPlan): ShardStatistics {
  return {
    dim,
    planId: id,
    counts: { pairs: 0, repeated: 0, marked: 0 },
    covariance: wants.covariance
      ? {
          images: createScatterMoments(dim),
          texts: createScatterMoments(dim),
          cross: createCrossMoments(dim),
        }
      : null,
    features: wants.features
      ? {
          moments: createClassMoments(dim),
          sums: createClassSums(dim),
          bins: createBinCounts(ranges, bins),
        }
      : null,
  };
}

/**
 * The statistics of both shards, in a new object: merged in the order of the shards, the same to the bit however often it is done.
 * @throws RangeError for statistics of different plans, or of different kinds
 */
export function mergeStatistics(a: ShardStatistics, b: ShardStatistics): ShardStatistics {
  if (a.planId !== b.planId || a.dim !== b.dim) {
    throw new RangeError(`expected statistics of plan ${a.planId}, got ones of plan ${b.planId}`);
  }
  const { covariance, features } = a;
  if ((covariance === null) !== (b.covariance === null) || (features === null) !== (b.features === null)) {
    throw new RangeError('expected statistics of the same kinds, got others');
  }
  return {
    dim: a.dim,
    planId: a.planId,
    counts: {
      pairs: a.counts.pairs + b.counts.pairs,
      repeated: a.counts.repeated + b.counts.repeated,
      marked: a.counts.marked + b.counts.marked,
    },
    covariance:
      covariance === null || b.covariance === null
        ? null
        : {
            images: mergeScatterMoments(covariance.images, b.covariance.images),
            texts: mergeScatterMoments(covariance.texts, b.covariance.texts),
            cross: mergeCrossMoments(covariance.cross, b.covariance.cross),
          },
    features:
      features === null || b.features === null
        ? null
        : {
            moments: mergeClassMoments(features.moments, b.features.moments),
            sums: mergeClassSums(features.sums, b.features.sums),
            bins: mergeBinCounts(features.bins, b.features.bins),
          },
  };
}

/** Takes in a shard part by part; however it is cut, the statistics are those of `statisticsOf`. */
export interface ShardSum {
  readonly add: (part: PairBatch) => void;
  readonly finish: () => ShardStatistics;
}

/** Holds one window of pairs, and a hash of every image, text and pair of the shard. */
export function sumShard(plan: ShardPlan): ShardSum {
  const { dim } = plan;
  const statistics = emptyStatistics(plan);
  const counts = { ...statistics.counts };
  const seen = { images: new HashSet(), texts: new HashSet(), pairs: new HashSet() };
  const window = createWindow(dim);
  const flush = (): void => {
    if (window.count === 0) return;
    addWindow({ ...statistics, counts }, filled(window, dim), seen, plan);
    window.count = 0;
  };
  return {
    add(part) {
      assertBatch(part, dim);
      for (let start = 0; start < part.keys.length;) {
        start += fill(window, part, start, dim);
        if (window.count === WINDOW_PAIRS) flush();
      }
    },
    finish() {
      flush();
      return { ...statistics, counts };
    },
  };
}

interface Window extends PairBatch {
  count: number;
}

function createWindow(dim: number): Window {
  return {
    count: 0,
    images: new Float32Array(WINDOW_PAIRS * dim),
    texts: new Float32Array(WINDOW_PAIRS * dim),
    labels: new Uint8Array(WINDOW_PAIRS),
    keys: new Float64Array(WINDOW_PAIRS),
  };
}

/** @returns how many pairs went in */
function fill(window: Window, part: PairBatch, start: number, dim: number): number {
  const count = Math.min(WINDOW_PAIRS - window.count, part.keys.length - start);
  const end = start + count;
  window.images.set(part.images.subarray(start * dim, end * dim), window.count * dim);
  window.texts.set(part.texts.subarray(start * dim, end * dim), window.count * dim);
  window.labels.set(part.labels.subarray(start, end), window.count);
  window.keys.set(part.keys.subarray(start, end), window.count);
  window.count += count;
  return count;
}

function filled({ count, images, texts, labels, keys }: Window, dim: number): PairBatch {
  return {
    images: images.subarray(0, count * dim),
    texts: texts.subarray(0, count * dim),
    labels: labels.subarray(0, count),
    keys: keys.subarray(0, count),
  };
}

function assertBatch({ images, texts, labels, keys }: PairBatch, dim: number): void {
  const count = keys.length;
  if (images.length === count * dim && texts.length === count * dim && labels.length === count) return;
  throw new RangeError(
    `expected ${count} pairs of ${dim} coordinates, got ${images.length} and ${texts.length} numbers and ${labels.length} labels`,
  );
}

interface Sums {
  readonly counts: { pairs: number; repeated: number; marked: number };
  readonly covariance: CovarianceSums | null;
  readonly features: FeatureSums | null;
}

type Seen = Readonly<Record<'images' | 'texts' | 'pairs', HashSet>>;

function addWindow(sums: Sums, batch: PairBatch, seen: Seen, plan: ShardPlan): void {
  const { dim } = plan;
  const { counts, covariance, features } = sums;
  const [imageHashes, textHashes] = [batch.images, batch.texts].map((rows) => hashRows(rows, dim));
  const fresh: Fresh = { images: [], texts: [], matches: [], marked: [] };
  for (let i = 0; i < batch.keys.length; i++) {
    const isMatch = batch.labels[i] === 1;
    if (!seen.pairs.add(hashNumbers(imageHashes[i], textHashes[i], batch.labels[i]))) {
      if (isMatch) counts.repeated++;
      continue;
    }
    if (!isMatch) {
      fresh.marked.push(i);
      continue;
    }
    fresh.matches.push(i);
    if (seen.images.add(imageHashes[i])) fresh.images.push(i);
    if (seen.texts.add(textHashes[i])) fresh.texts.push(i);
  }
  counts.pairs += fresh.matches.length;
  counts.marked += fresh.marked.length;
  if (covariance !== null) {
    addToScatterMoments(covariance.images, pick(batch.images, fresh.images, dim));
    addToScatterMoments(covariance.texts, pick(batch.texts, fresh.texts, dim));
    addToCrossMoments(
      covariance.cross,
      pick(batch.images, fresh.matches, dim),
      pick(batch.texts, fresh.matches, dim),
    );
  }
  if (features !== null) {
    const pairHashes = Float64Array.from(imageHashes, (hash, i) => hashNumbers(hash, textHashes[i]));
    addFeatures(features, batch, fresh, { pairHashes, textHashes }, plan);
  }
}

/** Places in a window of what was not there before. */
interface Fresh {
  readonly images: number[];
  readonly texts: number[];
  readonly matches: number[];
  readonly marked: number[];
}

function hashRows(rows: Float32Array, dim: number): Float64Array {
  return Float64Array.from({ length: rows.length / dim }, (_, i) =>
    hashFloats(rows.subarray(i * dim, (i + 1) * dim)),
  );
}

/** The rows of these places; no copy where they are all. */
function pick(rows: Float32Array, places: readonly number[], dim: number): Float32Array {
  if (places.length * dim === rows.length) return rows;
  const picked = new Float32Array(places.length * dim);
  places.forEach((place, i) => picked.set(rows.subarray(place * dim, (place + 1) * dim), i * dim));
  return picked;
}

function addFeatures(
  { moments, sums, bins }: FeatureSums,
  { images, texts, keys }: PairBatch,
  { matches, marked }: Fresh,
  { pairHashes, textHashes }: Readonly<Record<'pairHashes' | 'textHashes', Float64Array>>,
  plan: ShardPlan,
): void {
  const { dim, imageMean, textMean, partners, ratio } = plan;
  const add = (of: Float32Array, imageRows: readonly number[], textRows: readonly number[], label: 0 | 1) => {
    const rows = [imageRows, textRows].map((list) => Uint32Array.from(list));
    const features = pairFeatures(images, of, rows[0], rows[1], dim, imageMean, textMean);
    const labels = new Uint8Array(imageRows.length).fill(label);
    addToClassMoments(moments, features, labels);
    addToClassSums(sums, features, labels);
    addToBinCounts(bins, features, labels);
  };
  add(texts, matches, matches, 1);
  for (let round = 0; round < ratio; round++) {
    const drawn = matches.map((i) => partnerOf(plan, pairHashes[i], round, textHashes[i], keys[i]));
    const found = matches.filter((_, i) => drawn[i] !== null);
    add(
      partners.embeddings,
      found,
      drawn.filter((partner) => partner !== null),
      0,
    );
  }
  add(texts, marked, marked, 0);
}

/**
 * The caption that makes a mismatch of a pair: drawn from the plan's by a hash of the pair, so that it is the same in whatever shard the pair
 * stands; the next one where it is the pair's own, or the sample has it in the pair's group. Null where all are.
 */
export function partnerOf(
  plan: ShardPlan,
  pairHash: number,
  round: number,
  textHash: number,
  key: number,
): number | null {
  const { hashes } = plan.partners;
  const own = captionsOf(plan).get(key);
  const count = hashes.length;
  const first = Math.floor((hashNumbers(pairHash, plan.seed, round) / HASH_RANGE) * count);
  for (let i = 0; i < count; i++) {
    const at = (first + i) % count;
    if (hashes[at] !== textHash && own?.has(at) !== true) return at;
  }
  return null;
}

const KNOWN_CAPTIONS = new WeakMap<ShardPlan, ReadonlyMap<number, ReadonlySet<number>>>();

/** The places among the plan's captions by the key of a group that they belong to. */
function captionsOf(plan: ShardPlan): ReadonlyMap<number, ReadonlySet<number>> {
  const known = KNOWN_CAPTIONS.get(plan);
  if (known !== undefined) return known;
  const captions = new Map<number, Set<number>>();
  const { keys, keyCounts } = plan.partners;
  let next = 0;
  keyCounts.forEach((count, at) => {
    for (const key of keys.subarray(next, next + count)) {
      const of = captions.get(key);
      if (of === undefined) captions.set(key, new Set([at]));
      else of.add(at);
    }
    next += count;
  });
  KNOWN_CAPTIONS.set(plan, captions);
  return captions;
}
