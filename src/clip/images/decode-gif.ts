import { AppError } from '../../errors.ts';
import { placeFrame } from './canvas.ts';
import { CleanInstances, type Decoded } from './clean-instances.ts';
import { firstGifFrame } from './gif-frame.ts';
import { allocate, copyIn, noSystem, takeWithRoom, type PlainDecoder } from './plain-decoder.ts';

/** The exports of @cwasm/nsgif (libnsgif): `decode_gif` writes address, width and height of the first frame's RGBA, and gives 0. */
interface Nsgif extends PlainDecoder {
  decode_gif(data: number, width: number, height: number, input: number, length: number): number;
}

/** libnsgif, as it was built, makes no larger picture: 48 MiB of RGBA. */
const MAX_FRAME_PIXELS = 12_582_912;

/** @returns the raster; transparent where the frame leaves its screen open */
export type GifDecoder = (bytes: Uint8Array) => Decoded;

/**
 * A decoder of the first frame of a GIF, on its screen.
 * @throws AppError BAD_IMAGE from that function for damaged or cut-off data, IMAGE_TOO_LARGE for a frame above MAX_FRAME_PIXELS
 */
export function createGifDecoder(module: WebAssembly.Module): GifDecoder {
  const instances = new CleanInstances<Nsgif>();
  return (bytes) => {
    const frame = firstGifFrame(bytes);
    if (frame === null) throw damaged();
    checkFrame(frame);
    if (!frame.isWhole) throw damaged();
    try {
      const room = WORK_BYTES + frame.file.length + 4 * frame.width * frame.height;
      const { exports, release } = takeWithRoom(instances, () => instantiate(module), room);
      const { width, height, data } = decode(exports, frame.file);
      const { left, top } = frame;
      return { raster: placeFrame(frame.screen, { left, top, width, height, data }), release };
    } catch (cause) {
      throw damaged(cause);
    }
  };
}

function checkFrame({ width, height }: { readonly width: number; readonly height: number }): void {
  if (width * height <= MAX_FRAME_PIXELS) return;
  throw new AppError(
    'IMAGE_TOO_LARGE',
    `The GIF's first frame has ${width} x ${height} = ${width * height} pixels, expected at most ${MAX_FRAME_PIXELS}`,
  );
}

/** Tables, beside the file and the picture. */
const WORK_BYTES = 256 * 1024;

function damaged(cause?: unknown): AppError {
  return new AppError('BAD_IMAGE', 'The GIF cannot be decoded: its data is damaged or ends early', { cause });
}

function instantiate(module: WebAssembly.Module): Nsgif {
  const gif: Nsgif = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: noSystem(() => gif.memory),
  }).exports as unknown as Nsgif;
  return gif;
}

function decode(
  gif: Nsgif,
  file: Uint8Array,
): { readonly width: number; readonly height: number; readonly data: Uint8Array } {
  const input = copyIn(gif, file);
  const results = allocate(gif, 12);
  const code = gif.decode_gif(results, results + 4, results + 8, input, file.length);
  if (code !== 0) throw new Error(`libnsgif gave ${code}`);
  const [address, width, height] = new Uint32Array(gif.memory.buffer, results, 3);
  return { width, height, data: new Uint8Array(gif.memory.buffer, address, width * height * 4) };
}
