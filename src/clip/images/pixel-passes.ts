import { AppError } from '../../errors.ts';
import type { ImageFormat, ImageHeader } from './image-header.ts';
import { readJpegFrame, readJpegScans } from './jpeg-markers.ts';
import { readPngChunks } from './png-chunks.ts';
import { hasWebpAlpha } from './webp-frame.ts';

/**
 * What the network itself takes for a picture, in pixel passes: on one core as long as decoding and resizing a PNG of this many pixels.
 */
export const NETWORK_PASSES = 1024 * 1024;

/** A picture may be walked over so often, at the most pixels that one may have. */
const MOST_PASSES = 2;

/**
 * What decoding a picture and scaling it down costs at most, known from its headers: width x height, times how often its format makes
 * the decoder walk over the picture. One pass is what an 8-bit PNG takes, about 30 ns a pixel on a core of 2026. Measured, in passes:
 *
 * - JPEG of one scan: up to .3 when it is decoded at reduced size, and else .5.
 * - JPEG of several: its coefficients are kept (.25 and .125 a component), and each component of each scan is walked through again,
 *   1/64 to 1/32, however short its data: 100 scans of one component make 3.5.
 * - PNG: 1; 2 of 16 bits a sample in colour. Interlacing adds a quarter.
 * - GIF: 1. WebP: 1.5, and 2 with alpha. AVIF: 4.
 *
 * O(bytes) of a JPEG, whose scans have to be found; else O(1).
 * @param header of the same bytes
 */
export function countPixelPasses(bytes: Uint8Array, { format, width, height }: ImageHeader): number {
  return Math.ceil(width * height * passesOf(format, bytes));
}

/**
 * @param maxPixels the most that a picture may have
 * @throws AppError IMAGE_TOO_LARGE for a picture whose format makes it dearer than the largest plain one
 */
export function assertPixelPasses(bytes: Uint8Array, header: ImageHeader, maxPixels: number): number {
  const passes = countPixelPasses(bytes, header);
  if (passes <= MOST_PASSES * maxPixels) return passes;
  throw new AppError(
    'IMAGE_TOO_LARGE',
    `Expected a picture of at most ${MOST_PASSES * maxPixels} pixel passes, got ${passes}: ${describe(bytes, header)}.`,
  );
}

function passesOf(format: ImageFormat, bytes: Uint8Array): number {
  switch (format) {
    case 'jpeg':
      return jpegPasses(bytes);
    case 'png':
      return pngPasses(bytes);
    case 'gif':
      return 1;
    case 'webp':
      return hasWebpAlpha(bytes) ? 2 : 1.5;
    case 'avif':
      return 4;
  }
}

function jpegPasses(bytes: Uint8Array): number {
  const scans = readJpegScans(bytes);
  if (scans.count <= 1) return 0.5;
  const components = readJpegFrame(bytes)?.components ?? 0;
  return 0.25 + components / 8 + scans.components / 32;
}

const PNG_INTERLACED = 1;
/** Colour types 2 (RGB) and 6 (RGBA); a palette (3) has 8 bits at most. */
const PNG_COLOUR = 2;

function pngPasses(bytes: Uint8Array): number {
  const header = readPngChunks(bytes).next().value?.body;
  if (header === undefined) return 1;
  const [bits, colourType, , , interlace] = header.subarray(8);
  return (bits === 16 && (colourType & PNG_COLOUR) !== 0 ? 2 : 1) + (interlace === PNG_INTERLACED ? 0.25 : 0);
}

function describe(bytes: Uint8Array, { format, width, height }: ImageHeader): string {
  const scans = format === 'jpeg' ? ` in ${readJpegScans(bytes).count} scans` : '';
  return `${format.toUpperCase()} of ${width} x ${height} pixels${scans}`;
}
