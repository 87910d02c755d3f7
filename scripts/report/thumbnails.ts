import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import createLibwebp from '@jsquash/webp/codec/enc/webp_enc.js';
import { defaultOptions } from '@jsquash/webp/meta.js';
import { type DecoderModules, createImageDecoder } from '../../src/clip/images/decode-image.ts';
import { type RgbImage, resample } from '../../src/clip/images/resample.ts';
import { AppError } from '../../src/errors.ts';

/** Drawn at this many CSS pixels. */
const SIDE = 96;
/** Of the data: URI, in characters. */
const MAX_LENGTH = 4096;
/** Tried in turn until the text is short enough: even pure noise ends at 3,983 characters. */
const QUALITIES = [70, 45, 25, 10, 1] as const;

/** Bytes of a picture to a data: URI of at most 4 KB, or null for what does not open. */
export type Thumbnailer = (bytes: Uint8Array) => Promise<string | null>;

/**
 * Square WebP thumbnails, cut from the middle, by the decoders that the encoder itself sees pictures with.
 * Of any size: a picture that a report shows was decoded before, under the command's own limit.
 * @param modules compiled decoders, such as `nodeDecoders()` gives
 */
export async function createThumbnailer(modules: DecoderModules): Promise<Thumbnailer> {
  const decode = createImageDecoder(modules);
  const libwebp = await loadLibwebp();
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
    return smallEnough(libwebp, square);
  };
}

function smallEnough(libwebp: Libwebp, { data, width, height }: RgbImage): string | null {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    rgba.set(data.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
  }
  for (const quality of QUALITIES) {
    const encoded = libwebp.encode(rgba, width, height, { ...defaultOptions, quality, method: 6 });
    if (encoded === null) throw new Error(`libwebp did not encode ${width} x ${height} pixels`);
    const uri = `data:image/webp;base64,${Buffer.from(encoded).toString('base64')}`;
    if (uri.length <= MAX_LENGTH) return uri;
  }
  return null;
}

/** What is used of Emscripten's module; the package's own types name a global that it does not ship. */
interface Libwebp {
  encode(rgba: Uint8Array, width: number, height: number, options: object): Uint8Array | null;
}

async function loadLibwebp(): Promise<Libwebp> {
  const path = createRequire(import.meta.url).resolve('@jsquash/webp/codec/enc/webp_enc.wasm');
  const module = await WebAssembly.compile(new Uint8Array(await readFile(path)));
  const create = createLibwebp as unknown as (options: object) => Promise<Libwebp>;
  return create({
    noInitialRun: true,
    // Emscripten's glue would fetch the file by URL, which Node does not do for files.
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
  });
}
