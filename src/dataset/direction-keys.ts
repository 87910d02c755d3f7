/** Coordinates of one direction at two norms differ by some roundings of float32 once both are scaled to unit norm. */
const MOST_DIFFERENCE = 1e-6;
/** Of the signed sums that embeddings are looked up by; those of one direction are a thousandth of it apart. */
const CELL = 1e-4;

/**
 * Keys by direction: unit embeddings that agree to float32's rounding, as the same vector at another norm does, are one picture or one
 * caption, whatever was encoded. The first of them lends its key. Holds all embeddings that it has seen.
 */
export class DirectionKeys {
  readonly #cells = new Map<number, { readonly key: string; readonly row: Float32Array }[]>();
  #count = 0;

  /** @param row of unit norm */
  keyOf(row: Float32Array): string {
    const cell = Math.floor(signedSum(row) / CELL);
    for (const near of [cell, cell - 1, cell + 1]) {
      const found = this.#cells.get(near)?.find((known) => isSame(known.row, row));
      if (found !== undefined) return found.key;
    }
    const key = String(this.#count++);
    const here = this.#cells.get(cell);
    if (here === undefined) this.#cells.set(cell, [{ key, row }]);
    else here.push({ key, row });
    return key;
  }
}

/** The sum under signs that look random but are fixed: a number that embeddings of different directions seldom share. */
function signedSum(row: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += Math.imul(i + 1, 0x9e3779b1) < 0 ? -row[i] : row[i];
  return sum;
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) <= MOST_DIFFERENCE);
}
