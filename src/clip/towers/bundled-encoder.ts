import encoderFile from '../../../models/tiny-clip/encoder.json';
import type { EncoderInfo, Logits } from '../encoder-info.ts';

const { id, dim, fingerprint } = encoderFile;

/** Names the encoder whose towers are bundled with the Workers. The compiler and the tests check the file, no cold start does. */
export const bundledEncoder: EncoderInfo = { id, dim, fingerprint };

/** How its cosines become logits; null where its encoder.json does not say. */
export const bundledLogits: Logits | null = { scale: encoderFile.logitScale, bias: null };
