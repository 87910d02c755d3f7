// The generator of the noise of mutual information, in the module of ./linear-kernels.as.ts.

const WORDS: usize = 624;
const SHIFT: usize = 397;
const TRIAL: usize = 4;

/**
 * The next 624 numbers of MT19937.
 * @param state its 624 words, and behind them those that are written
 */
export function nextWords(state: usize): void {
  const end = state + WORDS * 4;
  const wrap = state + (WORDS - SHIFT) * 4;
  let at = state;
  for (; at + 16 <= wrap; at += 16) mixFour(at, at + SHIFT * 4);
  for (; at < wrap; at += 4) mixOne(at, at + 4, at + SHIFT * 4);
  for (; at + 16 < end; at += 16) mixFour(at, at - (WORDS - SHIFT) * 4);
  for (; at + 4 < end; at += 4) mixOne(at, at + 4, at - (WORDS - SHIFT) * 4);
  mixOne(at, state, at - (WORDS - SHIFT) * 4);
  for (at = state; at < end; at += 16) {
    let bits = v128.load(at);
    bits = v128.xor(bits, i32x4.shr_u(bits, 11));
    bits = v128.xor(bits, v128.and(i32x4.shl(bits, 7), i32x4.splat(0x9d2c5680)));
    bits = v128.xor(bits, v128.and(i32x4.shl(bits, 15), i32x4.splat(0xefc60000)));
    v128.store(at + WORDS * 4, v128.xor(bits, i32x4.shr_u(bits, 18)));
  }
}

function mixFour(at: usize, other: usize): void {
  const joined = v128.or(
    v128.and(v128.load(at), i32x4.splat(0x80000000)),
    v128.and(v128.load(at, 4), i32x4.splat(0x7fffffff)),
  );
  const odd = i32x4.neg(v128.and(joined, i32x4.splat(1)));
  const mixed = v128.xor(i32x4.shr_u(joined, 1), v128.and(odd, i32x4.splat(0x9908b0df)));
  v128.store(at, v128.xor(v128.load(other), mixed));
}

function mixOne(at: usize, next: usize, other: usize): void {
  const joined = (load<u32>(at) & 0x80000000) | (load<u32>(next) & 0x7fffffff);
  const odd = (joined & 1) !== 0 ? <u32>0x9908b0df : 0;
  store<u32>(at, load<u32>(other) ^ (joined >> 1) ^ odd);
}

/**
 * Pass over some pairs of normals of the polar method: only whether a trial hits the circle is worked out.
 * @param state as for `nextWords`
 * @param index of the word at which the next trial begins
 * @returns the index after the last pair
 */
export function skipPairs(state: usize, index: usize, pairs: i32): usize {
  const words = state + WORDS * 4;
  while (pairs > 0) {
    if (index === WORDS) {
      nextWords(state);
      index = 0;
    }
    // So many trials are needed at least.
    const end = min<usize>(WORDS, index + TRIAL * pairs);
    for (; index < end; index += TRIAL) {
      const at = words + index * 4;
      const x = coordinate(at);
      const y = coordinate(at + 8);
      const squared = x * x + y * y;
      pairs -= i32(squared < 1) - i32(squared === 0);
    }
  }
  return index;
}

/** 53 random bits in [−1, 1). */
function coordinate(at: usize): f64 {
  const high = <f64>(<i32>(load<u32>(at) >> 5));
  const low = <f64>(<i32>(load<u32>(at, 4) >> 6));
  return (high * 67108864 + low) * 2.220446049250313e-16 - 1;
}
