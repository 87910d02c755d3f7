/** Shards that a page of a run's plan names: one step sends what they lack. */
export const SHARDS_A_PAGE = 100;

/** Shards that one step merges: of vectors of 512 numbers 6 MB each are read. */
export const SHARDS_A_MERGE = 50;
