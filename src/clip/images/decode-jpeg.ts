import { AppError } from '../../errors.ts';
import type { Raster } from './raster.ts';
import { WasmSlot } from './wasm-slot.ts';

/** The exports of imagescript's jpeg.wasm (Rust's jpeg-decoder): `decode` takes ownership of its input. */
interface JpegExports {
  readonly memory: WebAssembly.Memory;
  walloc(size: number): number;
  wlen(): number;
  decode(pointer: number, length: number, width: number, height: number): number;
  decode_width(image: number): number;
  decode_height(image: number): number;
  decode_format(image: number): number;
  decode_buffer(image: number): number;
  decode_free(image: number): void;
}

const FORMATS = [
  { channels: 1, cmyk: false },
  { channels: 3, cmyk: false },
  { channels: 4, cmyk: true },
] as const;

/** Results below this are the decoder's error codes, not addresses. */
const FIRST_ADDRESS = 2;

/** A progressive JPEG has about ten scans. Each walks the whole picture however short its data, so thousands would keep a core busy. */
const MAX_SCANS = 100;

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

export type JpegDecoder = <Result>(
  bytes: Uint8Array,
  atLeast: { readonly width: number; readonly height: number },
  use: (raster: Raster) => Result,
) => Result;

/**
 * A decoder of baseline, progressive, grey, CMYK and YCCK JPEG.
 * @returns a function that decodes and hands the raster (valid during the call only) to `use`. `atLeast`: the smallest size that
 *   will do; the decoder may halve the picture up to three times inside the inverse DCT while it stays at or above it
 * @throws AppError BAD_IMAGE from that function for damaged or cut-off data
 */
export function createJpegDecoder(module: WebAssembly.Module): JpegDecoder {
  const slot = new WasmSlot(() => new WebAssembly.Instance(module, {}).exports as unknown as JpegExports);
  return (bytes, atLeast, use) => {
    checkScans(bytes);
    return slot.with((jpeg) => {
      const input = jpeg.walloc(bytes.length);
      new Uint8Array(jpeg.memory.buffer, input, bytes.length).set(bytes);
      const image = decodeOrFail(jpeg, input, bytes.length, atLeast);
      const format = FORMATS[jpeg.decode_format(image)];
      if (format === undefined)
        throw new AppError('BAD_IMAGE', 'This kind of JPEG is not supported: expected 8 bits a sample');
      const address = jpeg.decode_buffer(image);
      const data = new Uint8Array(jpeg.memory.buffer, address, jpeg.wlen());
      const result = use({
        width: jpeg.decode_width(image),
        height: jpeg.decode_height(image),
        ...format,
        data,
      });
      jpeg.decode_free(image);
      return result;
    });
  };
}

/** Counts the picture's scans, up to its own end: what telephones append behind that (a film, a depth map) is not looked at. */
function checkScans(bytes: Uint8Array): void {
  let scans = 0;
  let at = nextMarker(bytes, 2);
  while (at >= 0 && at + 3 < bytes.length && bytes[at + 1] !== END_OF_IMAGE) {
    if (bytes[at + 1] === START_OF_SCAN) scans++;
    // A segment tells its length, which counts itself; a thumbnail's markers lie inside one.
    at = nextMarker(bytes, at + 2 + bytes[at + 2] * 256 + bytes[at + 3]);
  }
  if (scans > MAX_SCANS)
    throw new AppError('BAD_IMAGE', `The JPEG has ${scans} scans, expected at most ${MAX_SCANS}`);
}

/**
 * Where the next marker with a segment, or the end, begins; -1 when there is none. In a scan's data FF is followed by 00 or a
 * restart marker (D0 to D7), both passed over, as are fill bytes.
 */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code !== 0 && code !== 0xff && !(code >= 0xd0 && code <= 0xd7)) return at;
  }
  return -1;
}

function decodeOrFail(
  jpeg: JpegExports,
  input: number,
  length: number,
  atLeast: { width: number; height: number },
): number {
  let image = 0;
  let cause: unknown;
  try {
    image = jpeg.decode(input, length, atLeast.width, atLeast.height);
  } catch (error) {
    cause = error;
  }
  if (image >>> 0 < FIRST_ADDRESS) {
    throw new AppError('BAD_IMAGE', 'The JPEG cannot be decoded: its data is damaged or ends early', {
      cause,
    });
  }
  return image;
}
