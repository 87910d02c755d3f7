const LEAST_SLOTS = 16;

/** Hashes of names that were seen, in 16 to 32 bytes each: a Set takes several times as much of an isolate. */
export class KeySet {
  readonly #slots: Float64Array;

  /** @param most keys that it will be given */
  constructor(most: number) {
    let slots = LEAST_SLOTS;
    while (slots < 2 * most) slots *= 2;
    this.#slots = new Float64Array(slots).fill(NaN);
  }

  /** @param key whole, in [0, 2^53). @returns whether it is new */
  add(key: number): boolean {
    const slots = this.#slots;
    // Keys are hashes already.
    let at = key % slots.length;
    while (!Number.isNaN(slots[at])) {
      if (slots[at] === key) return false;
      at = (at + 1) % slots.length;
    }
    slots[at] = key;
    return true;
  }
}
