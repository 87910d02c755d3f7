/** Written at build time by plugins/sample-pictures.ts. */
declare module 'virtual:sample-pictures' {
  import type { SampleSets } from './sample-picture.ts';
  export const sampleSets: SampleSets;
  /** Path in the dataset of every picture that is served, such as `images/a-fox.webp`; `sampleFile` says where. */
  export const samplePaths: readonly string[];
}
