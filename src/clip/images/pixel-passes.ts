import { AppError } from '../../errors.ts';
import type { ImageFormat, ImageHeader } from './image-header.ts';
import { readJpegFrame, readJpegScans } from './jpeg-markers.ts';
import { readPngChunks } from './png-chunks.ts';
import { hasWebpAlpha } from './webp-frame.ts';

/**
 * What the network itself takes for a picture, in pixel passes: on one core as long as decoding and resizing a PNG of this many pixels.
 */
export const NETWORK_PASSES = 1024 * 1024;

/** JPEGs of more pixels are decoded at reduced size, where their short side leaves room for that: below it, exactness costs little. */
export const REDUCE_ABOVE_PIXELS = 2_000_000;
const REDUCE_ABOVE_SIDE = 1024;

/** A picture may have twice the pixels that one may have at most, in passes, and so many: a small AVIF takes many passes. */
const PICTURE_PASSES = 16 * 1024 * 1024;

/**
 * What decoding a picture and scaling it down costs at most, known from its headers: width x height, times how often its format makes
 * the decoder walk over the picture. One pass is what an 8-bit PNG takes, about 30 ns a pixel on a core of 2026. Measured, in passes:
 *
 * - JPEG of one scan: 1, or .5 when it is decoded at reduced size.
 * - JPEG of several: its coefficients are kept (.25 and .125 a component), and each component of each scan is walked through again,
 *   1/64 to 1/32, however short its data: 100 scans of one component make 3.5. Of any JPEG also .4 a byte of the file.
 * - PNG: 1; 2 of 16 bits a sample in colour. Interlacing adds a quarter.
 * - GIF: 1. WebP: 1.5, and 2 with alpha.
 * - AVIF: 1.5 to 4, and 9 a byte: entropy coding is what it is slow at.
 *
 * O(bytes) of a JPEG, whose scans have to be found; else O(1).
 * @param header of the same bytes
 */
export function countPixelPasses(bytes: Uint8Array, header: ImageHeader): number {
  const { format, width, height } = header;
  return Math.ceil(width * height * passesOf(header, bytes) + bytes.length * BYTE_PASSES[format]);
}

const BYTE_PASSES: Readonly<Record<ImageFormat, number>> = { jpeg: 0.5, png: 0, gif: 0, webp: 0, avif: 10 };

/**
 * @param maxPixels the most that a picture may have
 * @throws AppError IMAGE_TOO_LARGE for a picture whose format makes it dearer than the largest plain one
 */
export function assertPixelPasses(bytes: Uint8Array, header: ImageHeader, maxPixels: number): number {
  const passes = countPixelPasses(bytes, header);
  const most = 2 * maxPixels + PICTURE_PASSES;
  if (passes <= most) return passes;
  throw new AppError(
    'IMAGE_TOO_LARGE',
    `Expected a picture of at most ${most} pixel passes, got ${passes}: ${describe(bytes, header)}.`,
  );
}

function passesOf(header: ImageHeader, bytes: Uint8Array): number {
  switch (header.format) {
    case 'jpeg':
      return jpegPasses(header, bytes);
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

function jpegPasses({ width, height }: ImageHeader, bytes: Uint8Array): number {
  const scans = readJpegScans(bytes);
  const isReduced = width * height > REDUCE_ABOVE_PIXELS && Math.min(width, height) >= REDUCE_ABOVE_SIDE;
  if (scans.count <= 1) return isReduced ? 0.5 : 1;
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
