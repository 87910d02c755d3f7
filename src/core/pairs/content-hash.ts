/** Hashes are whole numbers below this: as many as a float64 holds exactly. */
export const HASH_RANGE = 2 ** 53;

const SECOND = 0x9e3779b9;

/**
 * A hash of an embedding's bits, to tell rows apart and to draw them by content: whole, in [0, 2^53), equal on every machine. Zero and
 * minus zero are one. Not for keeping secrets. Two lanes of MurmurHash3 (Austin Appleby, public domain), x86 32-bit variant, of two seeds.
 * O(row.length)
 */
export function hashFloats(row: Float32Array): number {
  const words = new Uint32Array(row.buffer, row.byteOffset, row.length);
  let a = 0;
  let b = SECOND;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] === 0x80000000 ? 0 : words[i];
    const mixed = scramble(word);
    a = step(a ^ mixed);
    b = step(b ^ mixed);
  }
  return join(a ^ words.length, b ^ words.length);
}

/** The same of a text's UTF-16 code units. */
export function hashText(text: string): number {
  let a = 1;
  let b = SECOND;
  for (let i = 0; i < text.length; i++) {
    const mixed = scramble(text.charCodeAt(i));
    a = step(a ^ mixed);
    b = step(b ^ mixed);
  }
  return join(a ^ text.length, b ^ text.length);
}

/** The same of whole numbers, of which 64 bits count each. */
export function hashNumbers(...numbers: readonly number[]): number {
  let a = 2;
  let b = SECOND;
  for (const number of numbers) {
    for (const word of [number >>> 0, Math.floor(number / 2 ** 32) >>> 0]) {
      const mixed = scramble(word);
      a = step(a ^ mixed);
      b = step(b ^ mixed);
    }
  }
  return join(a ^ numbers.length, b ^ numbers.length);
}

function scramble(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function step(hash: number): number {
  return (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
}

/** 21 bits of one lane above 32 of the other. */
function join(a: number, b: number): number {
  return (avalanche(a) >>> 11) * 2 ** 32 + (avalanche(b) >>> 0);
}

function avalanche(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
