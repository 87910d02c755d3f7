/** Something that the encoder cannot do, from limits.json beside its weights. */
export interface EncoderLimit {
  readonly name: string;
  /** One, with its full stop. */
  readonly sentence: string;
}
