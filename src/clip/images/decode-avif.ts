import createLibavif from '@jsquash/avif/codec/dec/avif_dec.js';
import { AppError } from '../../errors.ts';
import { createEmscriptenDecoder } from './emscripten-decoder.ts';
import type { Raster } from './raster.ts';

/** @returns the stored picture, RGBA. `size`: what the header says, already checked against a limit */
export type AvifDecoder = (
  bytes: Uint8Array,
  size: { readonly width: number; readonly height: number },
) => Promise<Raster>;

/** What libavif and libaom take at most beside pixels, and a pixel: a sequence of 12 bits a sample without subsampling, with alpha. */
const BASE_BYTES = 32 * 1024 * 1024;
const BYTES_PER_PIXEL = 48;

/**
 * A decoder of AVIF, of 8 to 12 bits a sample and with alpha, by libavif with libaom; of a sequence the still picture.
 * @param load the compiled module, which is large: asked for with the first picture
 * @throws AppError BAD_IMAGE from that function for damaged or cut-off data
 */
export function createAvifDecoder(load: () => Promise<WebAssembly.Module>): AvifDecoder {
  const decode = createEmscriptenDecoder(createLibavif, load, [8]);
  return async (bytes, { width, height }) => {
    let cause: unknown;
    try {
      // The coded frame may be larger than the header says: what memory it can take is decided here, not there.
      const picture = await decode(bytes, BASE_BYTES + BYTES_PER_PIXEL * width * height);
      if (picture?.width === width && picture.height === height) {
        return { width, height, channels: 4, cmyk: false, data: picture.data };
      }
    } catch (error) {
      cause = error;
    }
    throw new AppError('BAD_IMAGE', 'The AVIF cannot be decoded: its data is damaged or ends early', {
      cause,
    });
  };
}
