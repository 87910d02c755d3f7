import { AppError } from '../../errors.ts';
import { placeFrame } from './canvas.ts';
import type { Raster } from './raster.ts';
import { WasmSlot } from './wasm-slot.ts';

/** The exports of imagescript's gif.wasm (Rust's gif crate): `decoder_new` takes ownership of its input. */
interface GifExports {
  readonly memory: WebAssembly.Memory;
  walloc(size: number): number;
  wlen(): number;
  decoder_new(pointer: number, length: number, limit: number): number;
  decoder_free(decoder: number): void;
  decoder_frame(decoder: number): number;
  decoder_frame_x(frame: number): number;
  decoder_frame_y(frame: number): number;
  decoder_frame_width(frame: number): number;
  decoder_frame_height(frame: number): number;
  decoder_frame_buffer(frame: number): number;
  decoder_frame_free(frame: number): void;
}

/** Results below this are the decoder's error and end codes, not addresses. */
const FIRST_ADDRESS = 2;

const DAMAGED = 'The GIF cannot be decoded: its data is damaged or ends early';

export type GifDecoder = <Result>(
  bytes: Uint8Array,
  canvas: { readonly width: number; readonly height: number },
  use: (raster: Raster) => Result,
) => Result;

/**
 * A decoder of the first frame of a GIF, on its canvas.
 * @returns a function that decodes and hands the raster (valid during the call only) to `use`. `canvas`: the header's size, which
 *   a frame may not exceed, so that what is allocated stays under the limit that was checked on the header
 * @throws AppError BAD_IMAGE from that function for damaged or cut-off data
 */
export function createGifDecoder(module: WebAssembly.Module): GifDecoder {
  const imports = { env: { push_to_stream: () => undefined } };
  const slot = new WasmSlot(() => new WebAssembly.Instance(module, imports).exports as unknown as GifExports);
  return (bytes, canvas, use) => {
    const area = firstFrameArea(bytes);
    if (area === null || area > canvas.width * canvas.height) throw new AppError('BAD_IMAGE', DAMAGED);
    return slot.with((gif) => {
      const { decoder, frame } = decodeOrFail(gif, bytes);
      const width = gif.decoder_frame_width(frame);
      const height = gif.decoder_frame_height(frame);
      const address = gif.decoder_frame_buffer(frame);
      const data = new Uint8Array(gif.memory.buffer, address, gif.wlen());
      if (data.length < width * height * 4) throw new AppError('BAD_IMAGE', DAMAGED);
      const left = gif.decoder_frame_x(frame);
      const top = gif.decoder_frame_y(frame);
      const result = use(placeFrame(canvas, { left, top, width, height, data }));
      gif.decoder_frame_free(frame);
      gif.decoder_free(decoder);
      return result;
    });
  };
}

function decodeOrFail(gif: GifExports, bytes: Uint8Array): { decoder: number; frame: number } {
  let cause: unknown;
  try {
    const input = gif.walloc(bytes.length);
    new Uint8Array(gif.memory.buffer, input, bytes.length).set(bytes);
    const decoder = gif.decoder_new(input, bytes.length, 0);
    const frame = decoder === 0 ? 0 : gif.decoder_frame(decoder);
    if (frame >>> 0 >= FIRST_ADDRESS) return { decoder, frame };
  } catch (error) {
    cause = error;
  }
  throw new AppError('BAD_IMAGE', DAMAGED, { cause });
}

/** Pixels of the first image descriptor (GIF89a, section 20), or null when there is none. Extensions before it are skipped. */
function firstFrameArea(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = bytes[10];
  let at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  while (bytes[at] === 0x21) {
    at += 2;
    while (bytes[at] > 0) at += bytes[at] + 1;
    at += 1;
  }
  if (bytes[at] !== 0x2c || at + 10 > bytes.length) return null;
  return view.getUint16(at + 5, true) * view.getUint16(at + 7, true);
}
