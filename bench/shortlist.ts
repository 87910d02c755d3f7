import { dot } from '../src/core/vector.ts';

/**
 * The best rows, best first; of equal scores the lower row. NaN is not expected.
 * @param skip a row that is no answer, or -1
 * @returns `most` rows, fewer when there are not as many
 * O(n + most·log²(most)) for scores in any but rising order: a heap of the best so far, its root the worst of them.
 */
export function bestRows(scores: Float32Array, most: number, skip: number): Uint32Array {
  const heap = new Uint32Array(Math.min(most, scores.length - (skip < 0 ? 0 : 1)));
  let size = 0;
  for (let row = 0; row < scores.length; row++) {
    if (row === skip) continue;
    if (size < heap.length) {
      heap[size] = row;
      siftUp(heap, scores, size++);
    } else if (size > 0 && scores[row] > scores[heap[0]]) {
      heap[0] = row;
      siftDown(heap, scores);
    }
  }
  return heap.sort((a, b) => scores[b] - scores[a] || a - b);
}

function isWorse(scores: Float32Array, a: number, b: number): boolean {
  return scores[a] < scores[b] || (scores[a] === scores[b] && a > b);
}

function siftUp(heap: Uint32Array, scores: Float32Array, from: number): void {
  const row = heap[from];
  let at = from;
  while (at > 0 && isWorse(scores, row, heap[(at - 1) >> 1])) {
    heap[at] = heap[(at - 1) >> 1];
    at = (at - 1) >> 1;
  }
  heap[at] = row;
}

function siftDown(heap: Uint32Array, scores: Float32Array): void {
  const row = heap[0];
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && isWorse(scores, heap[child + 1], heap[child])) child++;
    if (!isWorse(scores, heap[child], row)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = row;
}

/** Inner product of one query with every row. @param out length count */
export function scoreRows(
  rows: Float32Array,
  k: number,
  queries: Float32Array,
  query: number,
  out: Float32Array,
): void {
  for (let row = 0; row < out.length; row++) out[row] = dot(queries, query * k, rows, row * k, k);
}

/**
 * The `most` of these rows with the best scores, best first; of equal ones the one listed first.
 * O(among.length·most) at worst, O(among.length) when the list is about in order.
 */
export function bestAmong(scores: Float32Array, among: Uint32Array, most: number): Uint32Array {
  const best = new Uint32Array(Math.min(most, among.length));
  let size = 0;
  for (const row of among) {
    if (size === best.length && !(scores[row] > scores[best[size - 1]])) continue;
    let at = size < best.length ? size++ : size - 1;
    for (; at > 0 && scores[row] > scores[best[at - 1]]; at--) best[at] = best[at - 1];
    best[at] = row;
  }
  return best;
}

/** Share of `wanted` that was found. */
export function shareFound(found: Uint32Array, wanted: Uint32Array): number {
  return wanted.reduce((hits, row) => hits + (found.includes(row) ? 1 : 0), 0) / wanted.length;
}
