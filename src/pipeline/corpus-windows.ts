/** Rows of a shard that belong to a window: [from, to) of the pictures that it brings to the corpus. */
export interface WindowPart {
  /** Position in the list of shards. */
  readonly shard: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Where the pictures [start, end) of a corpus lie.
 * @param counts pictures that each shard brings, in the order of the shards
 */
export function windowParts(counts: readonly number[], start: number, end: number): WindowPart[] {
  const parts: WindowPart[] = [];
  let first = 0;
  counts.forEach((count, shard) => {
    const from = Math.max(0, start - first);
    const to = Math.min(count, end - first);
    if (from < to) parts.push({ shard, from, to });
    first += count;
  });
  return parts;
}
