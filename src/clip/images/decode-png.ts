import { AppError } from '../../errors.ts';
import type { Raster } from './raster.ts';
import { WasmSlot } from './wasm-slot.ts';

/** The exports of imagescript's png.wasm: `decode` gives the address of RGBA samples, or a negative error. */
interface PngExports {
  readonly memory: WebAssembly.Memory;
  walloc(size: number): number;
  wfree(pointer: number): void;
  decode(pointer: number, length: number): number;
  width(): number;
  height(): number;
}

export type PngDecoder = <Result>(bytes: Uint8Array, use: (raster: Raster) => Result) => Result;

/**
 * A decoder of every PNG colour type and depth, interlaced ones too; of an animated PNG the default image.
 * @returns a function that decodes and hands the raster (valid during the call only) to `use`
 * @throws AppError BAD_IMAGE from that function for damaged or cut-off data
 */
export function createPngDecoder(module: WebAssembly.Module): PngDecoder {
  const imports = { env: { emscripten_notify_memory_growth: () => undefined } };
  const slot = new WasmSlot(() => new WebAssembly.Instance(module, imports).exports as unknown as PngExports);
  return (bytes, use) =>
    slot.with((png) => {
      const input = png.walloc(bytes.length);
      new Uint8Array(png.memory.buffer, input, bytes.length).set(bytes);
      const address = decodeOrFail(png, input, bytes.length);
      png.wfree(input);
      const width = png.width();
      const height = png.height();
      const data = new Uint8Array(png.memory.buffer, address, width * height * 4);
      const result = use({ width, height, channels: 4, cmyk: false, data });
      png.wfree(address);
      return result;
    });
}

function decodeOrFail(png: PngExports, input: number, length: number): number {
  let address = 0;
  let cause: unknown;
  try {
    address = png.decode(input, length);
  } catch (error) {
    cause = error;
  }
  if (address <= 0)
    throw new AppError('BAD_IMAGE', 'The PNG cannot be decoded: its data is damaged or ends early', {
      cause,
    });
  return address;
}
