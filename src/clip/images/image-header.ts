import { imageSize } from 'image-size';
import { AppError } from '../../errors.ts';
import { readAvifHeader } from './avif-header.ts';
import { nameForeignKind } from './foreign-kinds.ts';
import { readGifScreen } from './gif-frame.ts';
import { readAscii, readIsoBrands } from './iso-boxes.ts';
import { readJpegFrame } from './jpeg-markers.ts';
import { readPngSize } from './png-chunks.ts';

export type ImageFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'avif';

/** Stored pixels, before any EXIF rotation: what decoding will have to hold. */
export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
}

/**
 * Read format and size from the first bytes, without decoding anything, so that a limit can be applied before memory is spent.
 * @returns an AppError BAD_IMAGE (not thrown: it belongs to one image of a list) when the bytes are no JPEG, PNG, GIF, WebP or AVIF
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
      return readGifScreen(bytes);
    case 'webp':
      return readWebpSize(bytes);
    case 'avif':
      return readAvifHeader(bytes);
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
  if (readAscii(bytes, 0, 4) === 'GIF8') return 'gif';
  if (readAscii(bytes, 0, 4) === 'RIFF' && readAscii(bytes, 8, 12) === 'WEBP') return 'webp';
  return isAvif(readIsoBrands(bytes)) ? 'avif' : null;
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((value, i) => bytes[i] === value);
}

/** By any of its brands, unless the major one says that the picture itself is HEVC. */
function isAvif(brands: readonly string[]): boolean {
  return brands.some((brand) => brand === 'avif' || brand === 'avis') && !/^he[iv]/.test(brands[0]);
}

function describeUnknown(bytes: Uint8Array): string {
  const expected = 'expected a JPEG, PNG, GIF, WebP or AVIF file';
  if (bytes.length === 0) return `The image is empty: ${expected}`;
  const kind = nameForeignKind(bytes);
  if (kind === 'HTML') return `The bytes are an HTML page: ${expected}`;
  if (kind !== null) return `${kind} is not supported: ${expected}`;
  return `The bytes are no image of a known kind: ${expected}`;
}
