/** A row of images and one of texts, float32. */
const PAIR_BYTES_A_DIM = 8;
/** A shard's parts as they are read, and the matrix that they make. */
const COPIES_OF_SHARD = 2;
/** Of a sample, with what is computed of it. */
const COPIES_OF_SAMPLE = 2;
/** Of a corpus' rows. */
const COPIES_OF_WINDOW = 3;
const ITEM_BYTES = 100;
/** Of float64: both scatters and the cross-scatter. */
const STATISTICS_BYTES_A_DIM2 = 24;

/** Sealed statistics of a shard, and of all. */
export function statisticsBytes(dim: number): number {
  return STATISTICS_BYTES_A_DIM2 * dim * dim;
}

/** Vectors of a shard. */
export function shardBytes(pairs: number, dim: number): number {
  return pairs * dim * PAIR_BYTES_A_DIM;
}

/** What the largest task or step of a run holds. */
export function heldBytes(pairsPerShard: number, sample: number, dim: number): number {
  const rows = Math.max(pairsPerShard * COPIES_OF_SHARD, sample * COPIES_OF_SAMPLE);
  return rows * dim * PAIR_BYTES_A_DIM + statisticsBytes(dim);
}

/** How many pairs of a shard, and of a sample, so many bytes hold beside statistics. */
export function rowsInMemory(
  dim: number,
  bytes: number,
): { readonly shard: number; readonly sample: number } {
  const pairs = Math.max(0, bytes - statisticsBytes(dim)) / (dim * PAIR_BYTES_A_DIM);
  return { shard: Math.floor(pairs / COPIES_OF_SHARD), sample: Math.floor(pairs / COPIES_OF_SAMPLE) };
}

/** Of int8 rows that are packed, as they came, in order and as values, with a hundred bytes of caption and name each. */
export function windowBytes(rows: number, dim: number): number {
  return rows * (COPIES_OF_WINDOW * dim + 3 * ITEM_BYTES);
}
