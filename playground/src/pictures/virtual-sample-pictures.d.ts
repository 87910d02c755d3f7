/** Written at build time by plugins/sample-pictures.ts. */
declare module 'virtual:sample-pictures' {
  import type { SamplePicture } from './sample-picture.ts';
  export const samplePictures: readonly SamplePicture[];
}
