import { AppError } from '../../errors.ts';
import { freshInstance } from './fresh-instance.ts';
import { defaultImageFile } from './png-chunks.ts';
import type { Raster } from './raster.ts';

/** The exports of @jsquash/png's decoder (Rust's png crate), as wasm-bindgen makes them: `decode` takes ownership of its input. */
interface RustPng {
  readonly memory: WebAssembly.Memory;
  __wbindgen_malloc(size: number, alignment: number): number;
  decode(pointer: number, length: number): number;
}

/** @returns the raster, a view into a memory of its own */
export type PngDecoder = (bytes: Uint8Array) => Promise<Raster>;

/**
 * A decoder of every PNG colour type and depth, interlaced ones too; of an animated PNG the default image.
 * @throws AppError BAD_IMAGE from that function for damaged or cut-off data
 */
export function createPngDecoder(module: WebAssembly.Module): PngDecoder {
  return async (bytes) => {
    try {
      return decode(module, await defaultImageFile(bytes));
    } catch (cause) {
      throw new AppError('BAD_IMAGE', 'The PNG cannot be decoded: its data is damaged or ends early', {
        cause,
      });
    }
  };
}

function decode(module: WebAssembly.Module, file: Uint8Array): Raster {
  let raster: Raster | null = null;
  const png: RustPng = freshInstance<RustPng>(module, {
    // The names, hashes included, are those of the pinned version; the package's own glue keeps one instance for ever.
    wbg: {
      __wbg_newwithownedu8clampedarrayandsh_91db5987993a08fb(
        address: number,
        length: number,
        width: number,
        height: number,
      ): number {
        const data = new Uint8Array(png.memory.buffer, address >>> 0, length >>> 0);
        raster = { width, height, channels: 4, cmyk: false, data };
        return 0;
      },
      __wbindgen_throw(): never {
        throw new Error('the png crate refused the data');
      },
      // Of the 16-bit decoder, which is not used.
      __wbindgen_memory: unused,
      __wbg_buffer_a448f833075b71ba: unused,
      __wbg_newwithbyteoffsetandlength_099217381c451830: unused,
      __wbindgen_object_drop_ref: unused,
    },
  });
  const input = png.__wbindgen_malloc(file.length, 1) >>> 0;
  new Uint8Array(png.memory.buffer, input, file.length).set(file);
  png.decode(input, file.length);
  if (raster === null) throw new Error('the png crate gave no picture');
  return raster;
}

function unused(): never {
  throw new Error('an import of the PNG decoder that nothing should call');
}
