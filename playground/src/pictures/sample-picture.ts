/** A picture of the sample dataset, copied into the build. */
export interface SamplePicture {
  /** Path on this origin. */
  readonly url: string;
  /** File name, for uploads and curl. */
  readonly name: string;
  readonly caption: string;
  /** Where it comes from and under which licence, for the credit line. */
  readonly source: string;
  readonly licence: string;
}

/** Where a corpus' thumbnails are served, as `SearchEdge.thumbnail` has it. */
const THUMBNAIL_PATH = /^\/corpora\/[a-z0-9._-]+\/thumbnails\/[0-9a-f]{32}$/;

export function isThumbnailPath(url: string): boolean {
  return THUMBNAIL_PATH.test(url);
}

/** A small picture that a corpus stores, as a picture on the page. @param url as `isThumbnailPath` */
export function thumbnailPicture(url: string, words: Omit<SamplePicture, 'url' | 'name'>): SamplePicture {
  // Named for what it is: it is uploaded under this name.
  return { url, name: 'thumbnail.webp', ...words };
}

/** One to choose from, with the captions that it is shown among. */
export interface OpeningSample extends SamplePicture {
  /** That the encoder puts before its own, nearest first; none when it is shown as right. */
  readonly rivals: readonly string[];
  /** That it does not take for its own. */
  readonly others: readonly string[];
}

/** The pictures to choose from: what an encoder gets right, and what it does not. */
export interface SampleSets {
  /** Fingerprint of the encoder that chose; with another one nothing is said of right and wrong. */
  readonly fingerprint: string;
  readonly right: readonly OpeningSample[];
  readonly hard: readonly OpeningSample[];
}

export type SampleSetName = 'right' | 'hard';

/**
 * Where a picture of the dataset is served and what it is called: the file's own name, which says what is in it.
 * @param path in the dataset, such as `images/a-fox.webp`
 */
export function sampleFile(path: string): Pick<SamplePicture, 'url' | 'name'> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { url: `/samples/${name}`, name };
}
