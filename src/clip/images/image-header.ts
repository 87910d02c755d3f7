import { imageSize } from 'image-size';
import { AppError } from '../../errors.ts';
import { firstGifFrame } from './gif-frame.ts';
import { readJpegFrame } from './jpeg-markers.ts';
import { readPngSize } from './png-chunks.ts';

export type ImageFormat = 'jpeg' | 'png' | 'gif' | 'webp';

/** Stored pixels, before any EXIF rotation: what decoding will have to hold. */
export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
}

/**
 * Read format and size from the first bytes, without decoding anything, so that a limit can be applied before memory is spent.
 * @returns an AppError BAD_IMAGE (not thrown: it belongs to one image of a list) when the bytes are no JPEG, PNG, GIF or WebP
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader | AppError {
  const format = sniffFormat(bytes);
  if (format === null) return new AppError('BAD_IMAGE', describeUnknown(bytes));
  const size = readSize(format, bytes);
  if (size !== null && size.width > 0 && size.height > 0) {
    return { format, width: size.width, height: size.height };
  }
  return new AppError(
    'BAD_IMAGE',
    `The ${format.toUpperCase()} header is damaged: no width and height can be read`,
  );
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** By our own reading where image-size looks elsewhere than the decoder does: what is checked must be what will be decoded. */
function readSize(format: ImageFormat, bytes: Uint8Array): Size | null {
  switch (format) {
    case 'jpeg':
      return readJpegFrame(bytes);
    case 'png':
      return readPngSize(bytes);
    case 'gif':
      return firstGifFrame(bytes)?.screen ?? null;
    case 'webp':
      return readWebpSize(bytes);
  }
}

function readWebpSize(bytes: Uint8Array): Size | null {
  try {
    // image-size reads on into the rest of the buffer when it is given a view.
    const { width, height } = imageSize(bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice());
    return { width, height };
  } catch {
    // It throws plain errors and RangeErrors on short or malformed headers; the caller's message says it for all.
    return null;
  }
}

/** @returns null when the first bytes are those of none of the formats */
export function sniffFormat(bytes: Uint8Array): ImageFormat | null {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (ascii(bytes, 0, 4) === 'GIF8') return 'gif';
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP') return 'webp';
  return null;
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((value, i) => bytes[i] === value);
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

function describeUnknown(bytes: Uint8Array): string {
  const expected = 'expected a JPEG, PNG, GIF or WebP file';
  if (bytes.length === 0) return `The image is empty: ${expected}`;
  const brand = ascii(bytes, 4, 12);
  if (/^ftyp(avif|avis)/.test(brand)) return `AVIF is not supported: ${expected}`;
  if (/^ftyp(heic|heix|mif1|hevc)/.test(brand)) return `HEIC is not supported: ${expected}`;
  if (/^\s*(<\?xml|<svg)/.test(ascii(bytes, 0, 64))) return `SVG is not supported: ${expected}`;
  if (/^\s*<(!doctype|html)/i.test(ascii(bytes, 0, 64))) return `The bytes are an HTML page: ${expected}`;
  return `The bytes are no image of a known kind: ${expected}`;
}
