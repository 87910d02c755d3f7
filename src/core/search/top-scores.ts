/** The best of many scores, kept while they are offered in any order. */
export interface TopScores {
  /** NaN is never kept. */
  offer(position: number, score: number): void;
  /**
   * Offer scores[0..count) at positions firstPosition, firstPosition + 1, ...
   * @param allowed 0 keeps a score out; null allows all
   * @throws RangeError when there are fewer than count scores or flags
   */
  offerAll(scores: Float32Array, count: number, firstPosition: number, allowed: Uint8Array | null): void;
  /** Best first, equal scores by lower position. O(capacity · log capacity); the offers may go on afterwards. */
  sorted(): { positions: number[]; scores: number[] };
}

/**
 * A bounded heap with the worst kept score at its root: an offer that does not enter costs one comparison, one that does
 * O(log capacity).
 * @param capacity how many are kept, 0 or more; memory for them is taken at once
 * @throws RangeError unless capacity is a whole number of at least 0
 */
export function createTopScores(capacity: number): TopScores {
  if (!Number.isInteger(capacity) || capacity < 0) {
    throw new RangeError(`expected a whole number of scores to keep, 0 or more, got ${capacity}`);
  }
  const heap: Heap = { size: 0, scores: new Float64Array(capacity), positions: new Float64Array(capacity) };
  // What a score has to reach. Not full: anything but NaN. No room at all: only Infinity asks `enter`, in vain.
  let bar = capacity === 0 ? Infinity : -Infinity;

  function enter(position: number, score: number): void {
    if (heap.size < capacity) insert(heap, position, score);
    else if (capacity > 0 && isWorse(heap.scores[0], heap.positions[0], score, position)) {
      replaceWorst(heap, position, score);
    }
    if (capacity > 0 && heap.size === capacity) bar = heap.scores[0];
  }

  return {
    offer(position, score) {
      if (score >= bar) enter(position, score);
    },
    offerAll(scores, count, firstPosition, allowed) {
      if (scores.length < count || (allowed !== null && allowed.length < count)) {
        throw new RangeError(
          `expected ${count} scores and flags, got ${scores.length} and ${allowed?.length ?? 'none'}`,
        );
      }
      // The score is asked before the flag: whether it enters is foreseeable, what a filter says is not.
      for (let i = nextFrom(scores, 0, count, bar); i < count; i = nextFrom(scores, i + 1, count, bar)) {
        if (allowed === null || allowed[i] !== 0) enter(firstPosition + i, scores[i]);
      }
    },
    sorted: () => sorted(heap),
  };
}

/** Where the next score of at least `bar` is, or count. By itself, this loop takes half the time that it takes inlined. */
function nextFrom(scores: Float32Array, from: number, count: number, bar: number): number {
  let i = from;
  while (i < count && !(scores[i] >= bar)) i++;
  return i;
}

/** Every entry is no better than its two children, at 2i + 1 and 2i + 2. */
interface Heap {
  size: number;
  readonly scores: Float64Array;
  readonly positions: Float64Array;
}

/** The order of all this: a lower score is worse, of equal ones the higher position. */
function isWorse(score: number, position: number, otherScore: number, otherPosition: number): boolean {
  return score < otherScore || (score === otherScore && position > otherPosition);
}

function insert(heap: Heap, position: number, score: number): void {
  const { scores, positions } = heap;
  let at = heap.size++;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isWorse(score, position, scores[parent], positions[parent])) break;
    scores[at] = scores[parent];
    positions[at] = positions[parent];
    at = parent;
  }
  scores[at] = score;
  positions[at] = position;
}

function replaceWorst({ size, scores, positions }: Heap, position: number, score: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    const right = child + 1;
    if (right < size && isWorse(scores[right], positions[right], scores[child], positions[child])) {
      child = right;
    }
    if (!isWorse(scores[child], positions[child], score, position)) break;
    scores[at] = scores[child];
    positions[at] = positions[child];
    at = child;
  }
  scores[at] = score;
  positions[at] = position;
}

function sorted({ size, scores, positions }: Heap): { positions: number[]; scores: number[] } {
  const order = Array.from({ length: size }, (_, i) => i).sort((a, b) =>
    isWorse(scores[a], positions[a], scores[b], positions[b]) ? 1 : -1,
  );
  return { positions: order.map((i) => positions[i]), scores: order.map((i) => scores[i]) };
}
