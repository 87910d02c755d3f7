import type { PairSet } from '../pairs/pair-set.ts';
import { createRandom, shuffle } from '../random.ts';
import { dot } from '../vector.ts';

/** What the pairing of a set says beyond chance. */
export interface SignalTest {
  /** Mean cosine of the matched groups minus that of the mismatched ones, in [-2, 2]; about 0 without a signal. */
  readonly difference: number;
  /** Share of all pairings, the given one included, whose difference is as large: in (0, 1]. */
  readonly p: number;
  readonly permutations: number;
  /** Groups that were compared. */
  readonly groups: number;
  /** p at most 0.002. */
  readonly found: boolean;
}

/**
 * Within 1%, and strict enough that of 50 sets without a signal at least 49 are told in 99.5 of 100 cases; a level of 1% itself would
 * do so in 91 (binomial).
 */
const LEVEL = 0.002;
const PERMUTATIONS = 1999;
/** A pair of matrices of so many rows shows what a larger one would, in half a second. */
const MAX_GROUPS = 1000;
/** Of fewer there are hardly enough pairings for one in a hundred to say anything. */
const MIN_GROUPS = 8;

/**
 * Whether the texts of a set belong to their images more than exchanged ones would: a permutation test, one-sided, at 0.2%.
 * Exchanged are whole groups, since pairs of one group depend on each other: an image with all its captions counts once, by the
 * means of its embeddings, centred over the groups and L2-normalised. The statistic is the mean cosine of matched groups minus
 * the mean of all others; under exchange only the first changes. p = (1 + exchanges at least as good) / (1 + exchanges), which
 * keeps the level exactly. It looks at the cosine: two encoders that share no space have no signal in it.
 * @param seed of the exchanges, and of which groups are taken where there are over 1,000
 * @returns null for fewer than 8 groups, which cannot tell
 * Source: Phipson & Smyth 2010, "Permutation P-values should never be zero", for p; Good 2005, ch. 3, for exchange within a design.
 * O(groups²·dim + permutations·groups).
 */
export function testSignal(
  set: PairSet,
  { seed, permutations = PERMUTATIONS }: { readonly seed: number; readonly permutations?: number },
): SignalTest | null {
  const random = createRandom(seed);
  const chosen = takeGroups(set.groups, random);
  const { size } = chosen;
  if (size < MIN_GROUPS) return null;
  const images = directionsOf(set.imageEmbeddings, set.imageRows, set, chosen);
  const texts = directionsOf(set.textEmbeddings, set.textRows, set, chosen);
  const cosines = new Float64Array(size * size);
  let total = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const cosine = dot(images, i * set.dim, texts, j * set.dim, set.dim);
      cosines[i * size + j] = cosine;
      total += cosine;
    }
  }
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  const matched = sumAlong(cosines, order);
  // Sums of equal terms in another order differ in their last bits; a tie must count as one.
  const slack = 1e-9 * size;
  let asGood = 0;
  for (let round = 0; round < permutations; round++) {
    shuffle(order, random);
    if (sumAlong(cosines, order) >= matched - slack) asGood++;
  }
  const p = (1 + asGood) / (1 + permutations);
  const difference = matched / size - (total - matched) / (size * (size - 1));
  return { difference, p, permutations, groups: size, found: p <= LEVEL };
}

/** Σ cosines[i, order[i]] */
function sumAlong(cosines: Float64Array, order: Uint32Array): number {
  const size = order.length;
  let sum = 0;
  for (let i = 0; i < size; i++) sum += cosines[i * size + order[i]];
  return sum;
}

/** A place from 0 for each group that takes part, all of them or 1,000 at random. */
function takeGroups(groups: Int32Array, random: ReturnType<typeof createRandom>): Map<number, number> {
  const all = Int32Array.from(new Set(groups));
  if (all.length > MAX_GROUPS) shuffle(all, random);
  return new Map(Array.from(all.subarray(0, MAX_GROUPS), (group, place) => [group, place]));
}

/**
 * Mean embedding of each chosen group over its pairs, centred over the groups, of unit length (of length 0 where it is the mean).
 * @returns row-major, shape [chosen.size, dim]
 */
function directionsOf(
  embeddings: Float32Array,
  rows: Uint32Array,
  { dim, groups }: PairSet,
  chosen: ReadonlyMap<number, number>,
): Float64Array {
  const sums = new Float64Array(chosen.size * dim);
  const counts = new Uint32Array(chosen.size);
  groups.forEach((group, pair) => {
    const place = chosen.get(group);
    if (place === undefined) return;
    counts[place]++;
    for (let d = 0; d < dim; d++) sums[place * dim + d] += embeddings[rows[pair] * dim + d];
  });
  const mean = new Float64Array(dim);
  for (let at = 0; at < sums.length; at++) {
    sums[at] /= counts[Math.floor(at / dim)];
    mean[at % dim] += sums[at] / chosen.size;
  }
  for (let start = 0; start < sums.length; start += dim) scaleToUnit(sums.subarray(start, start + dim), mean);
  return sums;
}

/** Below this a centred vector is rounding, and its direction says nothing. */
const ROUNDING = 1e-6;

function scaleToUnit(row: Float64Array, mean: Float64Array): void {
  let squares = 0;
  for (let d = 0; d < row.length; d++) {
    row[d] -= mean[d];
    squares += row[d] * row[d];
  }
  const norm = Math.sqrt(squares);
  for (let d = 0; d < row.length; d++) row[d] = norm > ROUNDING ? row[d] / norm : 0;
}
