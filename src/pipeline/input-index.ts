/** A tar or a listing of the dataset's bucket. */
export interface RunInput {
  readonly kind: 'tar' | 'listing';
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

/** A picture's bytes: an object, or a part of one. `etag` holds them to what was indexed. */
export interface PicturePlace {
  readonly key: string;
  readonly etag: string;
  readonly offset: number;
  readonly size: number;
}

export interface IndexedPair {
  readonly where: string;
  /** The picture's name in the dataset: equal names are one picture. */
  readonly image: string;
  readonly caption: string;
  readonly place: PicturePlace;
}

export interface SkippedPair {
  readonly where: string;
  readonly reason: string;
}

/** Pairs of one part, in the order of the dataset. */
export interface IndexPage {
  readonly version: 1;
  readonly pairs: readonly IndexedPair[];
}

/** What an input holds: its pages by content hash. */
export interface InputIndex {
  readonly version: 1;
  readonly pages: readonly { readonly hash: string; readonly count: number }[];
  /** What no pair could be made of: the first, and how many. */
  readonly skipped: readonly SkippedPair[];
  readonly skippedCount: number;
}

/** What a run's marker of an input says beside the index, for who only counts. Absent in runs of before. */
export interface IndexedMetadata {
  readonly kind: RunInput['kind'];
  /** As `skippedCount`. */
  readonly skipped: string;
}

/** Of what was left out, so many are told with the reason. */
export const MAX_TOLD = 100;
