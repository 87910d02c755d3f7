import encoderFile from '../../models/tiny-clip/encoder.json';
import { parseEncoderFile, type EncoderInfo } from './encoder-info.ts';

const { id, dim, fingerprint } = parseEncoderFile(encoderFile, 'the bundled encoder.json');

/** Names the encoder whose towers are bundled with the Workers. */
export const bundledEncoder: EncoderInfo = { id, dim, fingerprint };
