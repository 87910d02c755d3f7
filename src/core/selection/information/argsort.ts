/** Most comparisons a value that the insertion after the buckets may cost before digits are the cheaper way. */
const MAX_CROWDING = 12;
const BUCKETS_PER_VALUE = 2;
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
/** Digits from a 32-bit word: the last has 10 bits. */
const DIGITS_PER_WORD = 3;
/** Where a float64 keeps sign, exponent and first digits, as a pair of 32-bit words. */
const HIGH_WORD = new Uint8Array(Uint32Array.of(1).buffer)[0];

/** Room for sorting columns of one length again and again. */
export interface Argsort {
  /** Ascending values of the last column sorted. */
  readonly sorted: Float64Array;
  /** Index of each sorted value in the column. */
  readonly order: Uint32Array;
  readonly buckets: Uint32Array;
  readonly bucketOf: Uint32Array;
}

export function createArgsort(count: number): Argsort {
  return {
    sorted: new Float64Array(count),
    order: new Uint32Array(count),
    buckets: new Uint32Array(Math.max(BUCKETS_PER_VALUE * count, DIGITS) + 1),
    bucketOf: new Uint32Array(count),
  };
}

/**
 * Sort a column into `sort.sorted`, with where each value came from in `sort.order`.
 * Buckets of equal width and an insertion sort, O(count), where the values spread over them; else six passes over the
 * digits of the 64 bits, so that no column is slow. Equal values come in any order.
 * @param values finite, of the length that `sort` was made for; not touched
 */
export function argsort(values: Float64Array, sort: Argsort): void {
  if (!sortByBuckets(values, sort)) sortByDigits(values, sort);
}

/** @returns false, with nothing sorted, when the values crowd into few buckets */
function sortByBuckets(values: Float64Array, { sorted, order, buckets, bucketOf }: Argsort): boolean {
  const count = values.length;
  const bucketCount = BUCKETS_PER_VALUE * count;
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const scale = (bucketCount - 1) / (high - low);
  if (!Number.isFinite(scale)) return false;
  buckets.fill(0, 0, bucketCount);
  // Each value meets those of its bucket before it: what the insertion will cost, known beforehand.
  let crowding = 0;
  for (let i = 0; i < count; i++) {
    const bucket = ((values[i] - low) * scale) >>> 0;
    bucketOf[i] = bucket;
    crowding += buckets[bucket]++;
  }
  if (crowding > MAX_CROWDING * count) return false;
  for (let bucket = 0, start = 0; bucket < bucketCount; bucket++) {
    const size = buckets[bucket];
    buckets[bucket] = start;
    start += size;
  }
  for (let i = 0; i < count; i++) {
    const at = buckets[bucketOf[i]]++;
    sorted[at] = values[i];
    order[at] = i;
  }
  insertionSort(sorted, order);
  return true;
}

function insertionSort(sorted: Float64Array, order: Uint32Array): void {
  for (let i = 1; i < sorted.length; i++) {
    const value = sorted[i];
    if (sorted[i - 1] <= value) continue;
    const index = order[i];
    let at = i;
    for (; at > 0 && sorted[at - 1] > value; at--) {
      sorted[at] = sorted[at - 1];
      order[at] = order[at - 1];
    }
    sorted[at] = value;
    order[at] = index;
  }
}

/** Least significant digit first, each pass stable. */
function sortByDigits(values: Float64Array, { sorted, order, buckets, bucketOf }: Argsort): void {
  const count = values.length;
  const words = new Uint32Array(values.slice().buffer);
  // Bits of floats order as numbers do once negative ones are inverted and the sign of the others is set.
  for (let i = 0; i < count; i++) {
    const isNegative = words[2 * i + HIGH_WORD] >>> 31 === 1;
    words[2 * i + HIGH_WORD] ^= isNegative ? 0xffffffff : 0x80000000;
    words[2 * i + 1 - HIGH_WORD] ^= isNegative ? 0xffffffff : 0;
  }
  let from = order;
  let to = bucketOf;
  for (let i = 0; i < count; i++) from[i] = i;
  for (let pass = 0; pass < 2 * DIGITS_PER_WORD; pass++) {
    const word = pass < DIGITS_PER_WORD ? 1 - HIGH_WORD : HIGH_WORD;
    sortByDigit(words.subarray(word), DIGIT_BITS * (pass % DIGITS_PER_WORD), from, to, buckets);
    [from, to] = [to, from];
  }
  // Six passes: the last wrote into `order`.
  for (let i = 0; i < count; i++) sorted[i] = values[order[i]];
}

/** @param words of value i at 2i */
function sortByDigit(
  words: Uint32Array,
  shift: number,
  from: Uint32Array,
  to: Uint32Array,
  starts: Uint32Array,
): void {
  const count = from.length;
  starts.fill(0, 0, DIGITS + 1);
  for (let i = 0; i < count; i++) starts[((words[2 * i] >>> shift) & (DIGITS - 1)) + 1]++;
  for (let digit = 1; digit < DIGITS; digit++) starts[digit] += starts[digit - 1];
  for (let i = 0; i < count; i++) {
    const index = from[i];
    to[starts[(words[2 * index] >>> shift) & (DIGITS - 1)]++] = index;
  }
}
