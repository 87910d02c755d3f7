import { log } from '../../exp-log.ts';

const STATE_WORDS = 624;
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
 * @returns a function that fills an array with the next numbers; those it is not asked for cost less
 * @throws RangeError for any other seed
 */
export function createNumpyNormals(seed: number): FillNormals {
  const state = initialState(seed);
  const words = new Int32Array(STATE_WORDS);
  let index = STATE_WORDS;
  let spare = 0;
  let hasSpare = false;
  return (out, from = 0, to = out.length) => {
    const length = out.length;
    let i = 0;
    if (hasSpare && length > 0) out[i++] = spare;
    if (length > 0) hasSpare = false;
    for (; i < length; i += 2) {
      let x: number;
      let y: number;
      let squared: number;
      do {
        // Every trial takes four words, and 624 is a multiple of four.
        if (index === STATE_WORDS) {
          nextWords(state, words);
          index = 0;
        }
        x = ((words[index] >>> 5) * 67108864 + (words[index + 1] >>> 6)) * 2 ** -52 - 1;
        y = ((words[index + 2] >>> 5) * 67108864 + (words[index + 3] >>> 6)) * 2 ** -52 - 1;
        index += 4;
        squared = x * x + y * y;
      } while (squared >= 1 || squared === 0);
      const isLast = i + 1 === length;
      if (!isLast && (i + 1 < from || i >= to)) continue;
      const scale = Math.sqrt((-2 * log(squared)) / squared);
      out[i] = scale * y;
      if (isLast) {
        spare = scale * x;
        hasSpare = true;
      } else {
        out[i + 1] = scale * x;
      }
    }
  };
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
