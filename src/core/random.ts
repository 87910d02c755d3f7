import { log } from './exp-log.ts';

/** A seeded stream of pseudo-random numbers. Each call advances the stream. */
export interface Random {
  /** Uniform in [0, 1), 53 random bits. */
  next(): number;
  /** Uniform whole number in [0, count). @throws RangeError unless count is a whole number from 1 to 2^32 */
  nextInt(count: number): number;
  /** Standard normal. */
  nextGaussian(): number;
}

/**
 * sfc32, Chris Doty-Humphrey's small fast counting generator (PractRand, 2010): 128 bits of state, period at least
 * 2^32. Equal seeds give equal streams on every machine.
 * @param seed any safe integer; different seeds give different streams
 * @throws RangeError when the seed is not a safe integer
 */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`expected a whole number as seed, got ${seed}`);
  let a = Math.floor(seed / 2 ** 32) | 0;
  let b = seed | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;

  function nextUint32(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  }

  // The author's own seeding discards this many, so that near seeds part ways.
  for (let i = 0; i < 15; i++) nextUint32();

  function next(): number {
    const high = nextUint32() >>> 5;
    return (high * 67108864 + (nextUint32() >>> 6)) / 9007199254740992;
  }

  function nextInt(count: number): number {
    if (!Number.isInteger(count) || count < 1 || count > 2 ** 32) {
      throw new RangeError(`expected a count from 1 to 2^32, got ${count}`);
    }
    return Math.floor(next() * count);
  }

  let spare = NaN;
  function nextGaussian(): number {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = NaN;
      return value;
    }
    // Marsaglia's polar method: two normals a pass.
    for (;;) {
      const x = 2 * next() - 1;
      const y = 2 * next() - 1;
      const squared = x * x + y * y;
      if (squared >= 1 || squared === 0) continue;
      const scale = Math.sqrt((-2 * log(squared)) / squared);
      spare = y * scale;
      return x * scale;
    }
  }

  return { next, nextInt, nextGaussian };
}

/** Fisher–Yates, in place: every order equally likely. */
export function shuffle(items: Uint32Array | Int32Array, random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.nextInt(i + 1);
    const item = items[i];
    items[i] = items[j];
    items[j] = item;
  }
}
