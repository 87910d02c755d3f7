import { log } from '../../exp-log.ts';
import { newLinearKernels } from '../../linear-algebra/kernels/load.ts';

const STATE_WORDS = 624;
const TRIAL_WORDS = 4;
const SHIFT_WORDS = 397;
const UPPER_BIT = 0x80000000;
const LOWER_BITS = 0x7fffffff;
const TWIST = 0x9908b0df;

/** Writes the next normals of a stream: as many as `out` is long, worked out only from index `from` up to `to`. */
export type FillNormals = (out: Float64Array, from?: number, to?: number) => void;

/**
 * The stream of numpy's `RandomState(seed).standard_normal()`: MT19937 (Matsumoto and Nishimura 1998) under Marsaglia's
 * polar method. Equal noise lets scikit-learn's results be met even where the noise decides.
 * @param seed whole number from 0 to 2^32 − 1, as numpy asks
 * @param generator of the words, by WebAssembly where there is some
 * @returns a function that fills an array with the next numbers; those it is not asked for cost a fifth
 * @throws RangeError for any other seed
 */
export function createNumpyNormals(seed: number, generator: Generator = createGenerator()): FillNormals {
  const { words, state } = generator;
  state.set(initialState(seed));
  /** Where the next trial begins: each takes four words, and 624 is a multiple of four. */
  let index = STATE_WORDS;
  let spare = 0;
  let hasSpare = false;

  const skip = (pairs: number): void => {
    index = generator.skipPairs(index, pairs);
  };
  /** Of the last pair only the first has a place where `to` comes between them; the other is kept. */
  const fill = (out: Float64Array, from: number, to: number): void => {
    let at = index;
    for (let i = from; i < to;) {
      if (at === STATE_WORDS) {
        generator.nextWords();
        at = 0;
      }
      const x = coordinate(words, at);
      const y = coordinate(words, at + 2);
      at += TRIAL_WORDS;
      const squared = x * x + y * y;
      if (squared >= 1 || squared === 0) continue;
      const scale = Math.sqrt((-2 * log(squared)) / squared);
      out[i++] = scale * y;
      if (i < to) out[i++] = scale * x;
      else spare = scale * x;
    }
    index = at;
  };

  return (out, from = 0, to = out.length) => {
    const length = out.length;
    if (length === 0) return;
    const start = hasSpare ? 1 : 0;
    if (hasSpare) out[0] = spare;
    const pairs = (length - start + 1) >> 1;
    hasSpare = start + 2 * pairs > length;
    // The last pair is worked out in any case where the next array begins with half of it.
    const whole = hasSpare ? pairs - 1 : pairs;
    const first = Math.min(whole, Math.max(0, from - start) >> 1);
    const last = Math.max(first, Math.min(whole, (to - start + 1) >> 1));
    skip(first);
    fill(out, start + 2 * first, start + 2 * last);
    skip(whole - last);
    if (hasSpare) fill(out, length - 1, length);
  };
}

/** MT19937 and the trials of the polar method. */
export interface Generator {
  readonly state: Int32Array;
  /** The last 624 numbers of 32 random bits. */
  readonly words: Int32Array;
  nextWords(): void;
  /** Pass over pairs of normals. @returns the index of the word after them */
  skipPairs(index: number, pairs: number): number;
}

function createGenerator(): Generator {
  const kernels = newLinearKernels();
  if (kernels === null) return plainGenerator();
  const { buffer } = kernels.memory;
  return {
    state: new Int32Array(buffer, 0, STATE_WORDS),
    words: new Int32Array(buffer, 4 * STATE_WORDS, STATE_WORDS),
    nextWords: () => kernels.nextWords(0),
    skipPairs: (index, pairs) => kernels.skipPairs(0, index, pairs),
  };
}

/** In plain TypeScript: what the WebAssembly one is tested against, and what runs where there is none. */
export function plainGenerator(): Generator {
  const state = new Int32Array(STATE_WORDS);
  const words = new Int32Array(STATE_WORDS);
  return {
    state,
    words,
    nextWords: () => nextWords(state, words),
    skipPairs(index, pairs) {
      let at = index;
      for (let left = pairs; left > 0; at += TRIAL_WORDS) {
        if (at === STATE_WORDS) {
          nextWords(state, words);
          at = 0;
        }
        const x = coordinate(words, at);
        const y = coordinate(words, at + 2);
        const squared = x * x + y * y;
        if (squared < 1 && squared !== 0) left--;
      }
      return at;
    },
  };
}

/** 53 random bits in [−1, 1). */
function coordinate(words: Int32Array, at: number): number {
  return ((words[at] >>> 5) * 67108864 + (words[at + 1] >>> 6)) * 2 ** -52 - 1;
}

/** As the reference mt19937ar.c has it after `init_genrand(seed)`. */
function initialState(seed: number): Int32Array {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new RangeError(`expected a seed from 0 to 4294967295, got ${seed}`);
  }
  const state = new Int32Array(STATE_WORDS);
  state[0] = seed;
  for (let i = 1; i < STATE_WORDS; i++) {
    const previous = state[i - 1] ^ (state[i - 1] >>> 30);
    state[i] = Math.imul(1812433253, previous) + i;
  }
  return state;
}

/** The next 624 numbers of 32 random bits. */
function nextWords(state: Int32Array, words: Int32Array): void {
  twist(state);
  for (let i = 0; i < STATE_WORDS; i++) {
    let bits = state[i];
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    words[i] = bits ^ (bits >>> 18);
  }
}

function twist(state: Int32Array): void {
  const wrap = STATE_WORDS - SHIFT_WORDS;
  for (let i = 0; i < wrap; i++) state[i] = state[i + SHIFT_WORDS] ^ mixed(state[i], state[i + 1]);
  for (let i = wrap; i < STATE_WORDS - 1; i++) state[i] = state[i - wrap] ^ mixed(state[i], state[i + 1]);
  state[STATE_WORDS - 1] = state[SHIFT_WORDS - 1] ^ mixed(state[STATE_WORDS - 1], state[0]);
}

function mixed(word: number, next: number): number {
  const joined = (word & UPPER_BIT) | (next & LOWER_BITS);
  return (joined >>> 1) ^ (-(joined & 1) & TWIST);
}
