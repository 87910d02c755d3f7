/** Written at build time by plugins/embedded-encoder.ts. */
declare module 'virtual:embedded-encoder' {
  import type { EncoderLimit } from './encoder-limit.ts';
  /** Id of the encoder that the project comes with. */
  export const encoderId: string;
  export const encoderLimits: readonly EncoderLimit[];
}
