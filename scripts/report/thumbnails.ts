import { type DecoderModules, createImageDecoder } from '../../src/clip/images/decode-image.ts';
import { type RgbImage, resample } from '../../src/clip/images/resample.ts';
import { AppError } from '../../src/errors.ts';
import { loadWebpEncoder } from '../clip/webp-file.ts';

/** Drawn at this many CSS pixels. */
const SIDE = 96;
/** Of the data: URI, in characters. */
const MAX_LENGTH = 4096;
const PREFIX = 'data:image/webp;base64,';
/** Base64 takes four characters for three bytes. */
const MAX_BYTES = 3 * Math.floor((MAX_LENGTH - PREFIX.length) / 4);

/** Bytes of a picture to a data: URI of at most 4 KB, or null for what does not open. */
export type Thumbnailer = (bytes: Uint8Array) => Promise<string | null>;

/**
 * Square WebP thumbnails, cut from the middle, by the decoders that the encoder itself sees pictures with.
 * Of any size: a picture that a report shows was decoded before, under the command's own limit.
 * @param modules compiled decoders, such as `nodeDecoders()` gives
 */
export async function createThumbnailer(modules: DecoderModules): Promise<Thumbnailer> {
  const decode = createImageDecoder(modules);
  const encode = await loadWebpEncoder();
  return async (bytes) => {
    let square: RgbImage;
    try {
      square = await decode(bytes, { maxPixels: Infinity, shortSide: SIDE }, (rows) => {
        const scale = SIDE / Math.min(rows.width, rows.height);
        const width = Math.max(SIDE, Math.round(rows.width * scale));
        const height = Math.max(SIDE, Math.round(rows.height * scale));
        const window = { left: (width - SIDE) >> 1, top: (height - SIDE) >> 1, width: SIDE, height: SIDE };
        return resample(rows, { width, height }, window, 'bicubic');
      });
    } catch (error) {
      if (error instanceof AppError) return null;
      throw error;
    }
    const webp = encode(square, MAX_BYTES);
    return webp && PREFIX + Buffer.from(webp).toString('base64');
  };
}
