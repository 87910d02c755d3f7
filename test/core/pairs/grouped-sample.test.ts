import { describe, expect, it } from 'vitest';
import { hashFloats, hashNumbers, hashText } from '../../../src/core/pairs/content-hash.ts';
import {
  type SampleSketch,
  addToSketch,
  mergeSketches,
  sampleBound,
  sampleKey,
} from '../../../src/core/pairs/grouped-sample.ts';
import { HashSet } from '../../../src/core/pairs/hash-set.ts';
import { createRandom, shuffle } from '../../../src/core/random.ts';

const NONE = new Float64Array();

/** Keys of 3,000 groups of one to five pairs, in random order. */
function madeKeys(seed: number): Float64Array {
  const random = createRandom(1);
  const keys = Array.from({ length: 3000 }, (_, group) =>
    Array.from({ length: 1 + random.nextInt(5) }, () => hashNumbers(group)),
  ).flat();
  const order = Uint32Array.from(keys.keys());
  shuffle(order, createRandom(seed));
  return Float64Array.from(order, (i) => keys[i]);
}

describe('the grouped sample', () => {
  it('takes as many whole groups as fit, the same in whatever order and cut', () => {
    const most = 1000;
    const bounds = [1, 2, 3].map((seed) => {
      const keys = madeKeys(seed);
      let sketch: SampleSketch = NONE;
      for (let start = 0; start < keys.length; start += 100 * seed + 7) {
        const part = addToSketch(NONE, keys.slice(start, start + 100 * seed + 7), most);
        sketch = mergeSketches(sketch, part, most);
      }
      return sampleBound(sketch, most);
    });
    expect(new Set(bounds).size).toBe(1);
    const keys = madeKeys(1).toSorted();
    const taken = keys.filter((key) => key < bounds[0]).length;
    expect(taken).toBeLessThanOrEqual(most);
    // Not one group more would fit: of five pairs at most.
    const next = keys.filter((key) => key === bounds[0]).length;
    expect(taken + next).toBeGreaterThan(most);
    expect(keys[taken]).toBe(bounds[0]);
  });

  it('is everything where everything fits, and nothing where the first group is too large', () => {
    expect(sampleBound(addToSketch(NONE, Float64Array.of(3, 1, 2), 3), 3)).toBe(Infinity);
    expect(sampleBound(addToSketch(NONE, Float64Array.of(1, 1, 1, 2), 2), 2)).toBe(0);
  });

  it('knows a group by its number, its name or its picture, in this order', () => {
    const row = Float32Array.of(0.6, 0.8);
    expect(sampleKey(row, { group: 4, name: 'a.jpg' })).toBe(hashNumbers(4));
    expect(sampleKey(row, { group: null, name: 'a.jpg' })).toBe(hashText('a.jpg'));
    expect(sampleKey(row, { group: null, name: null })).toBe(hashFloats(row));
  });
});

describe('a set of hashes', () => {
  it('knows what it has seen, zero and numbers beyond 2^32 too, as it grows', () => {
    const [ours, theirs] = [new HashSet(), new Set<number>()];
    const random = createRandom(6);
    for (let i = 0; i < 20_000; i++) {
      const hash = i % 2 === 0 ? i % 1000 : hashNumbers(random.nextInt(6000));
      const isNew = !theirs.has(hash);
      theirs.add(hash);
      expect(ours.add(hash)).toBe(isNew);
    }
    expect(theirs.has(0)).toBe(true);
  });
});

describe('content hashes', () => {
  it('are whole numbers below 2^53, spread evenly and without collisions among a hundred thousand', () => {
    const hashes = Array.from({ length: 100_000 }, (_, i) => hashNumbers(i));
    expect(new Set(hashes).size).toBe(hashes.length);
    const counts = new Uint32Array(16);
    for (const hash of hashes) counts[Math.floor(hash / 2 ** 49)]++;
    // Binomial: 6,250 expected in each sixteenth, standard deviation 77; five of those are never left.
    for (const count of counts) expect(Math.abs(count - 6250)).toBeLessThan(5 * 77);
  });

  it('take zero and minus zero for one number, and a row in the middle of a matrix as it is', () => {
    expect(hashFloats(Float32Array.of(0, 1))).toBe(hashFloats(Float32Array.of(-0, 1)));
    expect(hashFloats(Float32Array.of(9, 0, 1, 9).subarray(1, 3))).toBe(hashFloats(Float32Array.of(0, 1)));
    expect(hashFloats(Float32Array.of(0, 1))).not.toBe(hashFloats(Float32Array.of(1, 0)));
    expect(hashFloats(Float32Array.of(1))).not.toBe(hashFloats(Float32Array.of(1, 0)));
  });
});
