import { AppError } from '../../errors.ts';
import { type Decoded, KEEP_BYTES } from './clean-instances.ts';
import { defaultImageFile } from './png-chunks.ts';
import type { Raster } from './raster.ts';

/** The exports of @jsquash/png's decoder (Rust's png crate), as wasm-bindgen makes them: `decode` takes ownership of its input. */
interface RustPng {
  readonly memory: WebAssembly.Memory;
  __wbindgen_malloc(size: number, alignment: number): number;
  __wbindgen_free(pointer: number, size: number, alignment: number): void;
  decode(pointer: number, length: number): number;
}

/** @returns the raster, a view into the decoder's memory */
export type PngDecoder = (bytes: Uint8Array) => Promise<Decoded>;

/**
 * A decoder of every PNG colour type and depth, interlaced ones too; of an animated PNG the default image.
 * Its memory is not set back between pictures, as Rust's allocator would grow it each time. It needs not: Rust gives out no buffer
 * that is not zero, and the samples are wiped when they are released.
 * @throws AppError BAD_IMAGE from that function for damaged or cut-off data
 */
export function createPngDecoder(module: WebAssembly.Module): PngDecoder {
  let idle: Instance | null = null;
  return async (bytes) => {
    try {
      const file = await defaultImageFile(bytes);
      const instance = idle ?? instantiate(module);
      idle = null;
      const raster = decode(instance, file);
      const release = (): void => {
        raster.data.fill(0);
        instance.png.__wbindgen_free(raster.data.byteOffset, raster.data.length, 1);
        if (instance.png.memory.buffer.byteLength <= KEEP_BYTES) idle = instance;
      };
      return { raster, release };
    } catch (cause) {
      throw new AppError('BAD_IMAGE', 'The PNG cannot be decoded: its data is damaged or ends early', {
        cause,
      });
    }
  };
}

interface Instance {
  readonly png: RustPng;
  /** The picture that the decoder gave last. */
  decoded: {
    readonly address: number;
    readonly length: number;
    readonly width: number;
    readonly height: number;
  } | null;
}

function instantiate(module: WebAssembly.Module): Instance {
  const png = new WebAssembly.Instance(module, {
    // The names, hashes included, are those of the pinned version; the package's own glue copies every picture once more.
    wbg: {
      __wbg_newwithownedu8clampedarrayandsh_91db5987993a08fb(
        address: number,
        length: number,
        width: number,
        height: number,
      ): number {
        instance.decoded = { address: address >>> 0, length: length >>> 0, width, height };
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
  }).exports as unknown as RustPng;
  const instance: Instance = { png, decoded: null };
  return instance;
}

function decode(instance: Instance, file: Uint8Array): Raster {
  const { png } = instance;
  const input = png.__wbindgen_malloc(file.length, 1) >>> 0;
  new Uint8Array(png.memory.buffer, input, file.length).set(file);
  instance.decoded = null;
  png.decode(input, file.length);
  // Written by the import above, while `decode` ran.
  const decoded = instance.decoded as Instance['decoded'];
  if (decoded === null) throw new Error('the png crate gave no picture');
  const { address, length, width, height } = decoded;
  const data = new Uint8Array(png.memory.buffer, address, length);
  return { width, height, channels: 4, cmyk: false, data };
}

function unused(): never {
  throw new Error('an import of the PNG decoder that nothing should call');
}
