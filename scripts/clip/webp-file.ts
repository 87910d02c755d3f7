import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import createLibwebp from '@jsquash/webp/codec/enc/webp_enc.js';
import { defaultOptions } from '@jsquash/webp/meta.js';
import type { RgbImage } from '../../src/clip/images/resample.ts';

/** Tried in turn until the file is small enough: 96 x 96 pixels of pure noise then take 3 KB. */
const QUALITIES = [70, 45, 25, 10, 1] as const;

/** An RGB picture as a lossy WebP file of at most so many bytes; null where none is so small. */
export type WebpEncoder = (image: RgbImage, maxBytes: number) => Uint8Array | null;

/** libwebp, by its WebAssembly build. */
export async function loadWebpEncoder(): Promise<WebpEncoder> {
  const libwebp = await loadLibwebp();
  return ({ data, width, height }, maxBytes) => {
    const rgba = new Uint8Array(width * height * 4).fill(255);
    for (let pixel = 0; pixel < width * height; pixel++) {
      rgba.set(data.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    }
    for (const quality of QUALITIES) {
      const encoded = libwebp.encode(rgba, width, height, { ...defaultOptions, quality, method: 6 });
      if (encoded === null) throw new Error(`libwebp did not encode ${width} x ${height} pixels`);
      // A copy: the next call writes over the memory of this one.
      if (encoded.length <= maxBytes) return Uint8Array.from(encoded);
    }
    return null;
  };
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
