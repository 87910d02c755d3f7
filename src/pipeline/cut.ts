import { chunkCapacity } from '../format/corpus-manifest.ts';

/** Shards that a page of a run's plan names: one step sends what they lack. */
export const SHARDS_A_PAGE = 100;

/** Shards that one step merges: of vectors of 512 numbers 6 MB each are read. */
export const SHARDS_A_MERGE = 50;

/** Pictures that lie side by side in a tar are read at once, up to so many bytes. */
export const PICTURE_READ_BYTES = 16 * 1024 * 1024;

/** Full int8 rows of a corpus that lie in memory before they are put in order: as they came, in order and as values they are there three times. */
export const WINDOW_BYTES = 16 * 1024 * 1024;

/** Rows of a corpus that are put in order together, in whole chunks, so that what lies in one stays in one. */
export function windowRows(dim: number, bytes = WINDOW_BYTES): number {
  const chunk = chunkCapacity(dim);
  return Math.max(1, Math.floor(bytes / dim / chunk)) * chunk;
}
