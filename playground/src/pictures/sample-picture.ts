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
