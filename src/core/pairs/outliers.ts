/** Embeddings of made inputs that no calibration should hold, see src/core/outliers. */
export interface OutlierSet {
  /** Row-major, shape [count, dim], L2-normalised. */
  readonly embeddings: Float32Array;
  /** Of each row, numbered from 0; length count. */
  readonly families: Int32Array;
}

/** By modality; null where the encoder was not at hand. */
export interface Outliers {
  readonly image: OutlierSet | null;
  readonly text: OutlierSet | null;
}
