const STATE_WORDS = 624;
const SHIFT_WORDS = 397;
const UPPER_BIT = 0x80000000;
const LOWER_BITS = 0x7fffffff;
const TWIST = 0x9908b0df;

/**
 * The stream of numpy's `RandomState(seed).standard_normal()`: MT19937 (Matsumoto and Nishimura 1998) under Marsaglia's
 * polar method. Equal noise lets scikit-learn's results be met even where the noise decides.
 * @param seed whole number from 0 to 2^32 − 1, as numpy asks
 * @returns a function that gives the next number
 * @throws RangeError for any other seed
 */
export function createNumpyNormal(seed: number): () => number {
  const nextUint32 = createMersenneTwister(seed);
  const nextDouble = () => {
    const high = nextUint32() >>> 5;
    return (high * 67108864 + (nextUint32() >>> 6)) / 9007199254740992;
  };
  let spare = 0;
  let hasSpare = false;
  return () => {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    for (;;) {
      const x = 2 * nextDouble() - 1;
      const y = 2 * nextDouble() - 1;
      const squared = x * x + y * y;
      if (squared >= 1 || squared === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(squared)) / squared);
      spare = scale * x;
      hasSpare = true;
      return scale * y;
    }
  };
}

/** 32 random bits a call, as the reference mt19937ar.c gives them after `init_genrand(seed)`. */
function createMersenneTwister(seed: number): () => number {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new RangeError(`expected a seed from 0 to 4294967295, got ${seed}`);
  }
  const state = new Uint32Array(STATE_WORDS);
  state[0] = seed;
  for (let i = 1; i < STATE_WORDS; i++) {
    const previous = state[i - 1] ^ (state[i - 1] >>> 30);
    state[i] = Math.imul(1812433253, previous) + i;
  }
  let index = STATE_WORDS;
  return () => {
    if (index === STATE_WORDS) {
      twist(state);
      index = 0;
    }
    let bits = state[index++];
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  };
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < STATE_WORDS; i++) {
    const next = i + 1 === STATE_WORDS ? 0 : i + 1;
    const far = i + SHIFT_WORDS >= STATE_WORDS ? i + SHIFT_WORDS - STATE_WORDS : i + SHIFT_WORDS;
    const mixed = (state[i] & UPPER_BIT) | (state[next] & LOWER_BITS);
    state[i] = state[far] ^ (mixed >>> 1) ^ ((mixed & 1) === 0 ? 0 : TWIST);
  }
}
