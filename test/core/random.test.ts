import { describe, expect, it } from 'vitest';
import { createNumpyNormals, plainGenerator } from '../../src/core/selection/information/mersenne-twister.ts';
import { createRandom, shuffle } from '../../src/core/random.ts';
import { readFixture } from './read-fixture.ts';

const DRAWS = 100_000;

function draws(seed: number, next: (random: ReturnType<typeof createRandom>) => number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: DRAWS }, () => next(random));
}

describe('createRandom', () => {
  it('repeats its stream for a seed and leaves it for another', () => {
    const first = draws(7, (random) => random.next());
    expect(draws(7, (random) => random.next())).toEqual(first);
    for (const seed of [8, -7, 7 + 2 ** 32]) {
      expect(draws(seed, (random) => random.next()).filter((x, i) => x === first[i])).toHaveLength(0);
    }
  });

  it('spreads uniform numbers evenly over [0, 1)', () => {
    const counts = new Array<number>(10).fill(0);
    for (const x of draws(1, (random) => random.next())) counts[Math.floor(x * 10)]++;
    // Five standard deviations of a bin of 10,000: sqrt(1e5 · 0.1 · 0.9) ≈ 95.
    for (const count of counts) expect(Math.abs(count - DRAWS / 10)).toBeLessThan(475);
  });

  it('draws every whole number below a bound equally often', () => {
    const counts = new Array<number>(7).fill(0);
    for (const i of draws(2, (random) => random.nextInt(7))) counts[i]++;
    // Five standard deviations: sqrt(1e5 · 6/49) ≈ 111.
    for (const count of counts) expect(Math.abs(count - DRAWS / 7)).toBeLessThan(555);
  });

  it('draws normal numbers of mean 0, variance 1 and kurtosis 3', () => {
    const values = draws(3, (random) => random.nextGaussian());
    const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / DRAWS;
    // Standard errors over 1e5 draws: sqrt(1, 2, 96 / 1e5); five of each.
    expect(Math.abs(moment(1))).toBeLessThan(0.016);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.023);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.16);
  });

  it('rejects a seed or bound that is not a whole number in range', () => {
    expect(() => createRandom(0.5)).toThrow(RangeError);
    expect(() => createRandom(2 ** 53)).toThrow(RangeError);
    for (const bound of [0, -1, 1.5, 2 ** 32 + 1])
      expect(() => createRandom(0).nextInt(bound)).toThrow(RangeError);
  });
});

describe('shuffle', () => {
  it('keeps the items and makes all orders of three equally likely', () => {
    const random = createRandom(4);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const items = Uint32Array.of(1, 2, 3);
      shuffle(items, random);
      const order = items.join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['123', '132', '213', '231', '312', '321']);
    // Five standard deviations: sqrt(6000 · 5/36) ≈ 29.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });
});

/** @param chunks lengths asked for one after the other */
function normals(seed: number, chunks: readonly number[]): number[] {
  const fill = createNumpyNormals(seed);
  return chunks.flatMap((length) => {
    const out = new Float64Array(length);
    fill(out);
    return [...out];
  });
}

describe('createNumpyNormals', () => {
  it('begins as the well-known RandomState(0) does', () => {
    expect(normals(0, [3])).toEqual([1.764052345967664, 0.4001572083672233, 0.9787379841057392]);
  });

  it('follows numpy past the first refill of its state', () => {
    const positions = [0, 1, 2, 3, 622, 623, 624, 1299];
    for (const [seed, expected] of Object.entries(
      readFixture<{ normals: Record<string, number[]> }>('special').normals,
    )) {
      const stream = normals(Number(seed), [1300]);
      // Logarithm and square root may differ in the last place between C libraries and V8.
      positions.forEach((at, i) =>
        expect(stream[at], `seed ${seed}, draw ${at}`).toBeCloseTo(expected[i], 14),
      );
    }
  });

  it('gives one stream however it is cut up', () => {
    expect(normals(5, [7, 0, 1, 1, 2, 89])).toEqual(normals(5, [100]));
  });

  it('gives the numbers it is asked for whatever it skips', () => {
    const whole = normals(6, [9, 9, 9]);
    for (const [from, to] of [
      [0, 9],
      [3, 4],
      [4, 7],
      [8, 9],
      [5, 5],
    ]) {
      const fill = createNumpyNormals(6);
      const out = new Float64Array(9);
      for (let row = 0; row < 3; row++) {
        fill(out, from, to);
        expect([...out.subarray(from, to)]).toEqual(whole.slice(9 * row + from, 9 * row + to));
      }
    }
  });

  it('draws the same without WebAssembly, whatever lengths and ranges are asked for', () => {
    const random = createRandom(8);
    for (let seed = 0; seed < 20; seed++) {
      const compiled = createNumpyNormals(seed);
      const plain = createNumpyNormals(seed, plainGenerator());
      for (let round = 0; round < 60; round++) {
        const length = random.nextInt(80);
        const from = random.nextInt(length + 2);
        const to = from + random.nextInt(length + 2);
        const [ours, expected] = [new Float64Array(length), new Float64Array(length)];
        compiled(ours, from, to);
        plain(expected, round % 2 === 0 ? 0 : from, to);
        expect(ours.subarray(from, to), `seed ${seed}, round ${round}`).toEqual(expected.subarray(from, to));
      }
    }
  });

  it('rejects the seeds numpy rejects', () => {
    for (const seed of [-1, 0.5, 2 ** 32]) expect(() => createNumpyNormals(seed)).toThrow(RangeError);
  });
});
