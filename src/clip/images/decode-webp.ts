import createLibwebp from '@jsquash/webp/codec/dec/webp_dec.js';
import { AppError } from '../../errors.ts';
import { placeFrame } from './canvas.ts';
import { freshEmscripten, type EmscriptenDecoder } from './fresh-instance.ts';
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
  return async (bytes, canvas) => {
    const frame = firstWebpFrame(bytes);
    if (frame !== null && frame.width * frame.height > canvas.width * canvas.height) {
      throw new AppError('BAD_IMAGE', 'The WebP animation has a frame larger than its canvas');
    }
    const libwebp = await freshEmscripten(createLibwebp, module);
    const { width, height, data } = decode(libwebp, frame === null ? bytes : frame.file);
    if (frame === null) {
      if (isOpaqueWebp(bytes)) for (let at = 3; at < data.length; at += 4) data[at] = 255;
      return { width, height, channels: 4, cmyk: false, data };
    }
    return placeFrame(canvas, { left: frame.left, top: frame.top, width, height, data });
  };
}

function decode(
  libwebp: EmscriptenDecoder,
  file: Uint8Array,
): { readonly width: number; readonly height: number; readonly data: Uint8Array } {
  let image: ReturnType<EmscriptenDecoder['decode']> = null;
  let cause: unknown;
  try {
    image = libwebp.decode(file);
  } catch (error) {
    cause = error;
  }
  if (image !== null) {
    const { width, height, data } = image;
    return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  }
  throw new AppError('BAD_IMAGE', 'The WebP cannot be decoded: its data is damaged or ends early', { cause });
}
