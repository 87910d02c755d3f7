/**
 * Unique images and unique captions with the pairs between them. Embeddings are row-major, [count, dim], L2-normalised;
 * pair p joins image `imageRows[p]` with text `textRows[p]`. Pairs of one group may belong to each other: a group is
 * never in two folds, and no negative is drawn inside one.
 */
export interface PairSet {
  readonly dim: number;
  readonly imageEmbeddings: Float32Array;
  readonly textEmbeddings: Float32Array;
  readonly imageRows: Uint32Array;
  readonly textRows: Uint32Array;
  readonly groups: Int32Array;
  /** Pairs that a person marked as mismatches; none when left out. */
  readonly mismatches?: MarkedMismatches;
}

/**
 * Image `imageRows[i]` and text `textRows[i]` were seen not to belong together. `groups`: that of the image, so that it
 * stays on its image's side of a fold, or one that no pair has; the caption joins nothing and may belong to a pair of any
 * group.
 */
export interface MarkedMismatches {
  readonly imageRows: Uint32Array;
  readonly textRows: Uint32Array;
  readonly groups: Int32Array;
}

/** The rows named, each once, in order of first appearance; with the group of the first pair that named each. */
export interface UniqueRows {
  readonly rows: Uint32Array;
  readonly groups: Int32Array;
}

/**
 * Where each row stands among unique rows.
 * @throws RangeError (the function returned) for a row that is not among them
 */
export function rowPositions({ rows }: UniqueRows): (row: number) => number {
  const positions = new Map(Array.from(rows, (row, i) => [row, i]));
  return (row) => {
    const position = positions.get(row);
    if (position === undefined) throw new RangeError(`expected one of ${rows.length} rows, got row ${row}`);
    return position;
  };
}

/** The images of some pairs, or their texts, each once. @param rowOfPair `imageRows` or `textRows` of the set */
export function uniqueRows(rowOfPair: Uint32Array, pairs: Uint32Array, groups: Int32Array): UniqueRows {
  const groupOfRow = new Map<number, number>();
  for (const pair of pairs) {
    if (!groupOfRow.has(rowOfPair[pair])) groupOfRow.set(rowOfPair[pair], groups[pair]);
  }
  return { rows: Uint32Array.from(groupOfRow.keys()), groups: Int32Array.from(groupOfRow.values()) };
}
