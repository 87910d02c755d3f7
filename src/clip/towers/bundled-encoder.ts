import encoderFile from '../../../models/tiny-clip/encoder.json';
import type { EncoderInfo } from '../encoder-info.ts';

const { id, dim, fingerprint } = encoderFile;

/** Names the encoder whose towers are bundled with the Workers. The compiler and the tests check the file, no cold start does. */
export const bundledEncoder: EncoderInfo = { id, dim, fingerprint };
