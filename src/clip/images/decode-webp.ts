import createLibwebp from '@jsquash/webp/codec/dec/webp_dec.js';
import { AppError } from '../../errors.ts';
import { placeFrame } from './canvas.ts';
import type { Raster } from './raster.ts';
import { firstWebpFrame } from './webp-frame.ts';

/** Above this many pixels the decoder's memory, which never shrinks, is let go after use. */
const KEEP_PIXELS = 2_000_000;

/** What is used of Emscripten's module; the package's own types name a global that it does not ship. */
interface Libwebp {
  decode(
    file: Uint8Array,
  ): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null;
}

export type WebpDecoder = (
  bytes: Uint8Array,
  canvas: { readonly width: number; readonly height: number },
) => Promise<Raster>;

/**
 * A decoder of lossy and lossless WebP with alpha, and of an animation's first frame, by libwebp.
 * @returns a function whose raster is a copy that stays valid. `canvas`: the size in the header, already checked against a limit
 * @throws AppError BAD_IMAGE from that function for damaged or cut-off data
 */
export function createWebpDecoder(module: WebAssembly.Module): WebpDecoder {
  let loading: Promise<Libwebp> | null = null;
  return async (bytes, canvas) => {
    const frame = firstWebpFrame(bytes);
    if (frame !== null && frame.width * frame.height > canvas.width * canvas.height) {
      throw new AppError('BAD_IMAGE', 'The WebP animation has a frame larger than its canvas');
    }
    loading ??= instantiate(module).catch((error: unknown) => {
      loading = null;
      throw error;
    });
    const libwebp = await loading;
    let image: ReturnType<Libwebp['decode']> = null;
    let cause: unknown;
    try {
      image = libwebp.decode(frame === null ? bytes : frame.file);
    } catch (error) {
      cause = error;
    }
    if (image === null || image.width * image.height > KEEP_PIXELS) loading = null;
    if (image === null) {
      throw new AppError('BAD_IMAGE', 'The WebP cannot be decoded: its data is damaged or ends early', {
        cause,
      });
    }
    const data = new Uint8Array(image.data.buffer, image.data.byteOffset, image.data.byteLength);
    const { width, height } = image;
    if (frame === null) return { width, height, channels: 4, cmyk: false, data };
    return placeFrame(canvas, { left: frame.left, top: frame.top, width, height, data });
  };
}

function instantiate(module: WebAssembly.Module): Promise<Libwebp> {
  const create = createLibwebp as unknown as (options: object) => Promise<Libwebp>;
  return create({
    noInitialRun: true,
    // Emscripten's glue would fetch the file by URL; the compiled module is here already.
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
    // A damaged file is reported by the error that is thrown; the console stays quiet.
    printErr: () => undefined,
  });
}
