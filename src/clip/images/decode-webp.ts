import createLibwebp from '@jsquash/webp/codec/dec/webp_dec.js';
import { AppError } from '../../errors.ts';
import { placeFrame } from './canvas.ts';
import { createEmscriptenDecoder } from './emscripten-decoder.ts';
import type { Raster } from './raster.ts';
import { firstWebpFrame, isOpaqueWebp } from './webp-frame.ts';

export type WebpDecoder = (
  bytes: Uint8Array,
  canvas: { readonly width: number; readonly height: number },
) => Promise<Raster>;

/**
 * A decoder of lossy and lossless WebP with alpha, and of an animation's first frame, by libwebp.
 * @returns a function that gives the raster. `canvas`: the size in the header, already checked against a limit
 * @throws AppError BAD_IMAGE from that function for damaged or cut-off data
 */
export function createWebpDecoder(module: WebAssembly.Module): WebpDecoder {
  const decode = createEmscriptenDecoder(createLibwebp, () => Promise.resolve(module));
  return async (bytes, canvas) => {
    const frame = firstWebpFrame(bytes);
    if (frame !== null && frame.width * frame.height > canvas.width * canvas.height) {
      throw new AppError('BAD_IMAGE', 'The WebP animation has a frame larger than its canvas');
    }
    if (frame !== null && (frame.left >= canvas.width || frame.top >= canvas.height)) {
      throw new AppError('BAD_IMAGE', 'The WebP animation has a frame outside its canvas');
    }
    const { width, height, data } = await orRefuse(decode(frame === null ? bytes : frame.file));
    if (frame === null) {
      if (isOpaqueWebp(bytes)) for (let at = 3; at < data.length; at += 4) data[at] = 255;
      return { width, height, channels: 4, cmyk: false, data };
    }
    return placeFrame(canvas, { left: frame.left, top: frame.top, width, height, data });
  };
}

async function orRefuse<Picture>(decoding: Promise<Picture | null>): Promise<Picture> {
  let cause: unknown;
  try {
    const picture = await decoding;
    if (picture !== null) return picture;
  } catch (error) {
    cause = error;
  }
  throw new AppError('BAD_IMAGE', 'The WebP cannot be decoded: its data is damaged or ends early', { cause });
}
