/**
 * Hashes that were seen, in 16 to 32 bytes each: a Set of the language's ends at 2^24 numbers and takes several times as many. Open addressing
 * with linear probing, at most half full.
 */
export class HashSet {
  #slots = new Float64Array(1024);
  #size = 0;
  /** Zero marks a free slot. */
  #hasZero = false;

  /** @param hash whole, from 0 to 2^53 − 1, its low bits evenly spread. @returns false where it was there already */
  add(hash: number): boolean {
    if (hash === 0) {
      const isNew = !this.#hasZero;
      this.#hasZero = true;
      return isNew;
    }
    if (2 * this.#size >= this.#slots.length) this.#grow();
    if (!place(this.#slots, hash)) return false;
    this.#size++;
    return true;
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#slots.length);
    for (const hash of this.#slots) if (hash !== 0) place(larger, hash);
    this.#slots = larger;
  }
}

function place(slots: Float64Array, hash: number): boolean {
  // A power of two: the remainder is exact for every whole number of a float64.
  let at = hash % slots.length;
  while (slots[at] !== 0) {
    if (slots[at] === hash) return false;
    at = at + 1 === slots.length ? 0 : at + 1;
  }
  slots[at] = hash;
  return true;
}
