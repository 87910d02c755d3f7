import { type Random, createRandom } from '../../src/core/random.ts';

/** What one case is made of: the same for the same seed, class and number, whatever was tried before. */
export interface CaseRandom extends Random {
  /** One of the list, which has at least one. */
  pick<T>(list: readonly T[]): T;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** A whole number from `low` to `high`, small ones far likelier: half of all lie below the root of the range. */
  skewed(low: number, high: number): number;
}

/** @param seed of the whole attack, a safe integer */
export function caseRandom(seed: number, className: string, number: number): CaseRandom {
  const random = createRandom(hash(`${seed}:${className}:${number}`));
  return {
    ...random,
    pick: (list) => list[random.nextInt(list.length)],
    chance: (probability) => random.next() < probability,
    skewed: (low, high) => low + Math.floor((high - low + 1) ** random.next()) - 1,
  };
}

/** FNV-1a from two bases, 53 bits of it. */
function hash(text: string): number {
  let [low, high] = [0x811c9dc5, 0x01234567];
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(i), 0x01000193);
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
