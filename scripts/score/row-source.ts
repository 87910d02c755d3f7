/** Numbers that the field reports of a caption, for those that ask for them. */
export interface CaptionMetrics {
  readonly clipScore: number;
  /** Null where it was not asked for, or the picture has no other caption. */
  readonly refClipScore: number | null;
  /** Whether the encoder read the caption and its references to their ends; null where it does not tell. */
  readonly truncated: boolean | null;
}

/** A row of the dataset with its embeddings, unit vectors both; or why it has none. */
export interface EmbeddedInput {
  readonly image: string | null;
  readonly caption: string | null;
  readonly where: string;
  readonly embeddings:
    | { readonly image: Float32Array; readonly text: Float32Array; readonly metrics?: CaptionMetrics }
    | { readonly error: string };
}

/** Every row of a dataset in order, a window at a time. */
export interface RowSource {
  readonly total: number;
  readonly dim: number;
  /** Rows that repeat an earlier one, by names; null where rows have none. */
  readonly duplicates: number | null;
  /** The same text for the same rows: a run continues where another stopped only when they agree. */
  readonly digest: string;
  /**
   * Windows of fixed places: the same rows fall together however often the run is resumed.
   * @param start where the last run stopped, the end of a window
   */
  readonly windows: (start: number) => AsyncGenerator<readonly EmbeddedInput[], void>;
}
