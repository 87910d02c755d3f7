/** Written at build time by plugins/sample-pictures.ts. */
declare module 'virtual:sample-pictures' {
  import type { SamplePicture } from './sample-picture.ts';
  /** A varied part, to choose from. */
  export const samplePictures: readonly SamplePicture[];
  /** Path in the dataset of every picture that is served, such as `images/a-fox.webp`; `sampleFile` says where. */
  export const samplePaths: readonly string[];
}
