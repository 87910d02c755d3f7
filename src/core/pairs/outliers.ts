/** Embeddings of made inputs that no calibration should hold, see src/core/outliers. */
export interface OutlierSet {
  /** Row-major, shape [count, dim], L2-normalised. */
  readonly embeddings: Float32Array;
  /** Of each row, numbered from 0; length count. */
  readonly families: Int32Array;
  /**
   * What the calibration may hold none of, and is not to be flagged all the same, see src/core/outliers/plain-texts.ts: row-major, shape
   * [any, dim], L2-normalised; absent where there is none.
   */
  readonly plain?: Float32Array;
}

/** By modality; null where the encoder was not at hand. */
export interface Outliers {
  readonly image: OutlierSet | null;
  readonly text: OutlierSet | null;
}
