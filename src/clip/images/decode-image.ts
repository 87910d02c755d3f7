import { AppError } from '../../errors.ts';
import type { Decoded } from './clean-instances.ts';
import { createAvifDecoder } from './decode-avif.ts';
import { createGifDecoder } from './decode-gif.ts';
import { createJpegDecoder } from './decode-jpeg.ts';
import { createPngDecoder } from './decode-png.ts';
import { createWebpDecoder } from './decode-webp.ts';
import { readImageHeader, type ImageHeader } from './image-header.ts';
import { readOrientation } from './orientation.ts';
import { assertPixelPasses, REDUCE_ABOVE_PIXELS } from './pixel-passes.ts';
import { uprightRows, type Raster, type RgbRows } from './raster.ts';

/**
 * The compiled decoders. A Worker imports the files statically, since it may not compile bytes; Node compiles the same from disk:
 * @cwasm/jpeg-turbo, @jsquash/png, @cwasm/nsgif, @jsquash/webp and @jsquash/avif.
 */
export interface DecoderModules {
  readonly jpeg: WebAssembly.Module;
  readonly png: WebAssembly.Module;
  readonly gif: WebAssembly.Module;
  readonly webp: WebAssembly.Module;
  /** Ten times the size of the others: compiled when the first AVIF comes. */
  readonly avif: () => Promise<WebAssembly.Module>;
}

export interface DecodeOptions {
  /** Stored pixels above which nothing is decoded. */
  readonly maxPixels: number;
  /** The same for an AVIF, which takes two to three times the memory; half of `maxPixels` where it is not given. */
  readonly maxAvifPixels?: number;
  /** The short side the picture will be resized to, in pixels, or null when it is not resized. Lets large JPEGs be decoded smaller. */
  readonly shortSide: number | null;
}

/** Decodes an image file and hands it upright, in RGB rows that are valid during the call only, to `use`. */
export type ImageDecoder = <Result>(
  bytes: Uint8Array,
  options: DecodeOptions,
  use: (rows: RgbRows) => Result,
) => Promise<Result>;

/** How much larger than asked a reduced JPEG stays, so that the antialiased resize afterwards decides the result. */
const REDUCE_MARGIN = 4;

/**
 * One decoder for every kind of file, the same in Node and in workerd.
 * @returns a function that rejects with AppError BAD_IMAGE or IMAGE_TOO_LARGE; a bad file never harms the next one
 */
export function createImageDecoder(modules: DecoderModules): ImageDecoder {
  const jpeg = createJpegDecoder(modules.jpeg);
  const png = createPngDecoder(modules.png);
  const gif = createGifDecoder(modules.gif);
  const webp = createWebpDecoder(modules.webp);
  const avif = createAvifDecoder(modules.avif);
  return async (bytes, options, use) => {
    const header = readImageHeader(bytes);
    if (header instanceof AppError) throw header;
    checkPixels(header, options);
    assertPixelPasses(bytes, header, options.maxPixels);
    const orientation = await readOrientation(header.format, bytes);
    const upright = (raster: Raster): ReturnType<typeof use> => use(uprightRows(raster, orientation));
    const leased = ({ raster, release }: Decoded): ReturnType<typeof use> => {
      const result = upright(raster);
      release();
      return result;
    };
    switch (header.format) {
      case 'jpeg':
        return leased(jpeg(bytes, jpegDivisor(header, options.shortSide)));
      case 'png':
        return leased(await png(bytes));
      case 'gif':
        return leased(gif(bytes));
      case 'webp':
        return upright(await webp(bytes, header));
      case 'avif':
        return upright(await avif(bytes, header));
    }
  };
}

function checkPixels({ format, width, height }: ImageHeader, options: DecodeOptions): void {
  const { maxPixels, maxAvifPixels = maxPixels / 2 } = options;
  const limit = format === 'avif' ? maxAvifPixels : maxPixels;
  if (width * height <= limit) return;
  throw new AppError(
    'IMAGE_TOO_LARGE',
    `The ${format === 'avif' ? 'AVIF' : 'image'} has ${width} x ${height} = ${width * height} pixels, expected at most ${limit}`,
  );
}

/** By how much a JPEG is shrunk while it is decoded: halved up to three times while it stays well above what will be kept. */
function jpegDivisor({ width, height }: ImageHeader, shortSide: number | null): number {
  if (shortSide === null || width * height <= REDUCE_ABOVE_PIXELS) return 1;
  let divisor = 8;
  while (divisor > 1 && Math.min(width, height) / divisor < shortSide * REDUCE_MARGIN) divisor /= 2;
  return divisor;
}
