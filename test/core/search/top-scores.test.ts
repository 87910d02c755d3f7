import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.ts';
import { createTopScores } from '../../../src/core/search/top-scores.ts';

/** What a full sort gives. */
function bestOf(scores: ArrayLike<number>, capacity: number, allowed: ArrayLike<number> | null = null) {
  const order = Array.from({ length: scores.length }, (_, i) => i)
    .filter((i) => !Number.isNaN(scores[i]) && (allowed === null || allowed[i] !== 0))
    .sort((a, b) => (scores[a] === scores[b] ? a - b : scores[b] - scores[a]))
    .slice(0, capacity);
  return { positions: order, scores: order.map((i) => scores[i]) };
}

describe('createTopScores', () => {
  it('agrees with a full sort, ties and all, whatever the order of offers', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = createRandom(seed);
      const count = random.nextInt(60);
      // Few different scores: most of them tie.
      const scores = Float32Array.from({ length: count }, () => random.nextInt(8) - 4);
      const capacity = random.nextInt(20);
      const expected = bestOf(scores, capacity);
      const all = createTopScores(capacity);
      all.offerAll(scores, count, 0, null);
      expect(all.sorted(), `seed ${seed}`).toEqual(expected);
      const backwards = createTopScores(capacity);
      for (let i = count - 1; i >= 0; i--) backwards.offer(i, scores[i]);
      expect(backwards.sorted(), `seed ${seed}, backwards`).toEqual(expected);
    }
  });

  it('joins blocks offered in any order by their first positions', () => {
    const random = createRandom(3);
    const scores = Float32Array.from({ length: 1000 }, () => random.nextInt(50));
    const top = createTopScores(30);
    for (const first of [600, 0, 900, 300]) {
      const block = scores.subarray(first, Math.min(first + 300, 1000));
      top.offerAll(block, block.length, first, null);
    }
    expect(top.sorted()).toEqual(bestOf(scores, 30));
  });

  it('leaves out what is not allowed', () => {
    const scores = Float32Array.of(5, 4, 3, 2, 1);
    const allowed = Uint8Array.of(0, 1, 0, 1, 255);
    const top = createTopScores(2);
    top.offerAll(scores, 5, 10, allowed);
    expect(top.sorted()).toEqual({ positions: [11, 13], scores: [4, 2] });
    top.offer(0, 9);
    expect(top.sorted().positions).toEqual([0, 11]);
  });

  it('reads count scores and no more', () => {
    const top = createTopScores(3);
    top.offerAll(Float32Array.of(1, 2, 3), 2, 0, null);
    expect(top.sorted().positions).toEqual([1, 0]);
    expect(() => {
      top.offerAll(new Float32Array(2), 3, 0, null);
    }).toThrow('expected 3 scores');
    expect(() => {
      top.offerAll(new Float32Array(3), 3, 0, new Uint8Array(2));
    }).toThrow(RangeError);
  });

  it('never keeps NaN but keeps infinities', () => {
    const scores = Float32Array.of(NaN, -Infinity, 1, Infinity, NaN);
    for (const capacity of [0, 1, 2, 5]) {
      const top = createTopScores(capacity);
      top.offerAll(scores, 5, 0, null);
      expect(top.sorted()).toEqual(bestOf(scores, capacity));
    }
  });

  it('keeps nothing at capacity 0 and everything while there is room', () => {
    const none = createTopScores(0);
    none.offer(0, Infinity);
    expect(none.sorted()).toEqual({ positions: [], scores: [] });
    const roomy = createTopScores(10);
    roomy.offerAll(Float32Array.of(1, 2), 2, 2 ** 40, null);
    expect(roomy.sorted()).toEqual({ positions: [2 ** 40 + 1, 2 ** 40], scores: [2, 1] });
  });

  it('refuses a capacity that is no count', () => {
    for (const bad of [-1, 1.5, NaN, Infinity]) expect(() => createTopScores(bad)).toThrow(RangeError);
  });
});
