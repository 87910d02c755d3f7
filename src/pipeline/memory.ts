import { PLATFORM_LIMITS } from './limits.ts';

/** A row of images and one of texts, float32. */
const PAIR_BYTES_A_DIM = 8;
/**
 * How often things are there at once, by what lived in Node right after collections (`npm run bench -- isolate-memory`; docs/scale.md). A
 * shard's parts, and a matrix of them with its file:
 */
const COPIES_OF_SHARD = 2.1;
/** Rows that are read and their pair features, beside the window that they are summed in. */
const COPIES_OF_READ_ROWS = 2;
const SUMMED_ROWS = 4096;
const STATISTICS_IN_SUM = 4;
const STATISTICS_IN_MERGE = 7;
const STATISTICS_IN_RECORD = 3;
/** Of a sample, with what is computed of it. */
const COPIES_OF_SAMPLE = 6;
/** Name, caption and place of a pair in the heap. */
const ROW_BYTES = 400;
/** Kernels and what does not grow. */
const FIXED_BYTES = 8e6;
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

/** What is left of an isolate for what a run holds: its script, its modules and the runtime's own are assumed to take 16 MB. */
export const ROOM_BYTES = PLATFORM_LIMITS.memoryBytes - 16e6;

/** What summing and merging the covariance of shards holds. */
export function covarianceBytes(pairsPerShard: number, sample: number, dim: number): number {
  const statistics = statisticsBytes(dim);
  const read = Math.min(pairsPerShard, SUMMED_ROWS);
  const captions = (Math.min(sample, SUMMED_ROWS) * dim * PAIR_BYTES_A_DIM) / 2;
  const sum =
    shardBytes(SUMMED_ROWS + COPIES_OF_READ_ROWS * read, dim) +
    STATISTICS_IN_SUM * statistics +
    captions +
    pairsPerShard * ROW_BYTES;
  return Math.max(sum, STATISTICS_IN_MERGE * statistics + captions);
}

/** What the largest task or step of a run holds, where a strategy is fitted on the covariance of all shards. */
export function heldBytes(pairsPerShard: number, sample: number, dim: number): number {
  return Math.max(
    COPIES_OF_SHARD * shardBytes(pairsPerShard, dim),
    covarianceBytes(pairsPerShard, sample, dim),
    FIXED_BYTES + COPIES_OF_SAMPLE * shardBytes(sample, dim) + STATISTICS_IN_RECORD * statisticsBytes(dim),
  );
}

/** How many pairs of a shard that is joined, and of a sample beside statistics, an isolate holds. */
export function rowsInMemory(dim: number): { readonly shard: number; readonly sample: number } {
  const ofPair = dim * PAIR_BYTES_A_DIM;
  const beside = FIXED_BYTES + STATISTICS_IN_RECORD * statisticsBytes(dim);
  return {
    shard: Math.floor(ROOM_BYTES / (COPIES_OF_SHARD * ofPair)),
    sample: Math.floor(Math.max(0, ROOM_BYTES - beside) / (COPIES_OF_SAMPLE * ofPair)),
  };
}

/** Of int8 rows that are packed, as they came, in order and as values, with a hundred bytes of caption and name each. */
export function windowBytes(rows: number, dim: number): number {
  return rows * (COPIES_OF_WINDOW * dim + 3 * ITEM_BYTES);
}
