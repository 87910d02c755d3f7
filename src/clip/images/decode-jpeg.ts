import { AppError } from '../../errors.ts';
import { CleanInstances, type Decoded } from './clean-instances.ts';
import {
  checkJpegKind,
  checkJpegScans,
  PROGRESSIVE,
  readJpegFrame,
  readJpegScans,
  type JpegFrame,
} from './jpeg-markers.ts';
import { allocate, copyIn, noSystem, takeWithRoom, type PlainDecoder } from './plain-decoder.ts';
import type { Raster } from './raster.ts';

/** The exports of @cwasm/jpeg-turbo: libjpeg-turbo's own TurboJPEG interface, its documentation in turbojpeg.h. */
interface TurboJpeg extends PlainDecoder {
  tjInitDecompress(): number;
  tjDecompressHeader3(
    decoder: number,
    input: number,
    length: number,
    width: number,
    height: number,
    subsampling: number,
    colourSpace: number,
  ): number;
  tjDecompress2(
    decoder: number,
    input: number,
    length: number,
    output: number,
    width: number,
    pitch: number,
    height: number,
    pixelFormat: number,
    flags: number,
  ): number;
}

/** TurboJPEG's pixel formats. */
const RGB = { pixelFormat: 0, channels: 3, cmyk: false } as const;
const GREY = { pixelFormat: 6, channels: 1, cmyk: false } as const;
const CMYK = { pixelFormat: 11, channels: 4, cmyk: true } as const;

/** By TurboJPEG's colour spaces: RGB, YCbCr, grey, CMYK, YCCK. */
const FORMATS = [RGB, RGB, GREY, CMYK, CMYK] as const;

/** @returns the raster, a view into the decoder's memory. `divisor`: 1, 2, 4 or 8, by which the inverse DCT shrinks the picture */
export type JpegDecoder = (bytes: Uint8Array, divisor: number) => Decoded;

/**
 * A decoder of baseline and progressive JPEG, grey, RGB, YCbCr, CMYK and YCCK, by libjpeg-turbo: the colour space is decided by the
 * JFIF and Adobe markers and the component ids by its rules, which are also Pillow's and the browsers'.
 * @throws AppError BAD_IMAGE from that function for damaged or cut-off data, and for other kinds of JPEG by name
 */
export function createJpegDecoder(module: WebAssembly.Module): JpegDecoder {
  const instances = new CleanInstances<TurboJpeg>();
  return (bytes, divisor) => {
    const frame = readJpegFrame(bytes);
    if (frame === null) throw damaged();
    checkJpegKind(frame);
    checkJpegScans(readJpegScans(bytes));
    const width = Math.ceil(frame.width / divisor);
    const height = Math.ceil(frame.height / divisor);
    try {
      const room = bytes.length + roomFor(frame, width * height);
      const { exports, release } = takeWithRoom(instances, () => instantiate(module), room);
      const raster = decode(exports, bytes, width, height);
      const extent = { width: frame.width / divisor, height: frame.height / divisor };
      return { raster: divisor === 1 ? raster : { ...raster, extent }, release };
    } catch (cause) {
      throw damaged(cause);
    }
  };
}

/** Rows in work, tables and what blocks round up, beside the samples and, of several scans, two bytes a coefficient. */
const WORK_BYTES = 1024 * 1024;

function roomFor({ marker, width, height, components }: JpegFrame, outputPixels: number): number {
  const coefficients = marker === PROGRESSIVE ? 2 * components * (width + 32) * (height + 32) : 0;
  return WORK_BYTES + coefficients + Math.max(components, 3) * outputPixels;
}

function damaged(cause?: unknown): AppError {
  return new AppError('BAD_IMAGE', 'The JPEG cannot be decoded: its data is damaged', { cause });
}

function instantiate(module: WebAssembly.Module): TurboJpeg {
  const turbo: TurboJpeg = new WebAssembly.Instance(module, {
    env: {
      setjmp: () => 0,
      // libjpeg's way out of a fatal error: it unwinds through here, and the instance is not used again.
      longjmp(): never {
        throw new Error('libjpeg-turbo refused the data');
      },
    },
    wasi_snapshot_preview1: noSystem(() => turbo.memory),
  }).exports as unknown as TurboJpeg;
  return turbo;
}

function decode(turbo: TurboJpeg, bytes: Uint8Array, width: number, height: number): Raster {
  const input = copyIn(turbo, bytes);
  const decoder = turbo.tjInitDecompress();
  const { pixelFormat, channels, cmyk } = readFormat(turbo, decoder, input, bytes.length);
  const output = allocate(turbo, width * height * channels);
  // The result tells of warnings too, such as stray bytes between segments; like Pillow and browsers we take the picture then.
  turbo.tjDecompress2(decoder, input, bytes.length, output, width, width * channels, height, pixelFormat, 0);
  const data = new Uint8Array(turbo.memory.buffer, output, width * height * channels);
  return { width, height, channels, cmyk, data };
}

function readFormat(
  turbo: TurboJpeg,
  decoder: number,
  input: number,
  length: number,
): (typeof FORMATS)[number] {
  const header = allocate(turbo, 16);
  // It fails on subsampling that has no name in TurboJPEG, which decodes all the same; the colour space is known by then.
  new Int32Array(turbo.memory.buffer, header, 4).fill(-1);
  turbo.tjDecompressHeader3(decoder, input, length, header, header + 4, header + 8, header + 12);
  const [, , , colourSpace] = new Int32Array(turbo.memory.buffer, header, 4);
  const format = FORMATS[colourSpace];
  if (format === undefined) throw new Error(`TurboJPEG knows no colour space ${colourSpace}`);
  return format;
}
