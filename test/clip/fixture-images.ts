import { readdirSync, readFileSync } from 'node:fs';
import { createImageDecoder, type ImageDecoder } from '../../src/clip/images/decode-image.ts';
import type { RgbRows } from '../../src/clip/images/raster.ts';
import { nodeDecoders } from '../../scripts/clip/node-runtime.ts';

const FOLDER = new URL('../fixtures/images/', import.meta.url);

/** The kinds of file that hold the scene, upright and whole. */
export const SCENE_FILES = [
  'baseline.jpg',
  'baseline-444.jpg',
  'progressive.jpg',
  'cmyk.jpg',
  'ycck.jpg',
  'exif-3.jpg',
  'exif-5.jpg',
  'exif-6.jpg',
  'rgb.png',
  'palette.png',
  '16-bit.png',
  'interlaced.png',
  'exif-6.png',
  'still.gif',
  'animated.gif',
  'lossy.webp',
  'lossless.webp',
  'animated.webp',
  'exif-6.webp',
  'avif-420.avif',
  'avif-lossless.avif',
  'avif-10-bit.avif',
  'avif-12-bit-full.avif',
  'avif-turned-2.avif',
  'avif-turned-5.avif',
  'avif-turned-6.avif',
] as const;

/** The rest of what must be read: without colour, with transparency, of extreme shape. */
export const OTHER_FILES = [
  'grey.jpg',
  'grey.png',
  'bilevel.png',
  'alpha.png',
  'grey-alpha.png',
  'palette-alpha.png',
  'alpha.webp',
  '1x1.png',
  '1x2000.png',
  'apng-small-first-frame.png',
  'gif-frame-120x90-screen-0x0.gif',
  'gif-frame-120x90-screen-400x60.gif',
  'gif-unknown-extension-2a.gif',
  'jpeg-1000x1.jpg',
  'jpeg-cmyk-no-adobe.jpg',
  'jpeg-jfif-and-adobe0.jpg',
  'alpha.avif',
  'grey.avif',
] as const;

export const BROKEN_FILES = [
  'truncated.jpg',
  'truncated.png',
  'truncated.gif',
  'truncated.webp',
  'broken.png',
] as const;

/** Every picture file in the folder: what must be read and what must be refused. */
export const FIXTURE_FILES = readdirSync(FOLDER).filter((name) => /\.(jpg|png|gif|webp|avif)$/.test(name));

export function readImage(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, FOLDER)));
}

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGB, row-major. */
  readonly data: Uint8Array;
}

export function copyRows(rows: RgbRows): Pixels {
  const data = new Uint8Array(rows.width * rows.height * 3);
  for (let y = 0; y < rows.height; y++) rows.readRow(y, 0, rows.width, data.subarray(y * rows.width * 3));
  return { width: rows.width, height: rows.height, data };
}

export async function nodeDecoder(): Promise<ImageDecoder> {
  return createImageDecoder(await nodeDecoders());
}

/** Decode at full size into upright RGB. */
export async function decodePixels(
  decode: ImageDecoder,
  bytes: Uint8Array,
  maxPixels = 1e7,
): Promise<Pixels> {
  return decode(bytes, { maxPixels, shortSide: null }, copyRows);
}

/** Largest and mean difference of two pictures of one size, in levels of 255. */
export function compare(a: Pixels, b: Pixels): { max: number; mean: number } {
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(`Got ${a.width} x ${a.height}, expected ${b.width} x ${b.height}`);
  }
  let max = 0;
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) {
    const difference = Math.abs(a.data[i] - b.data[i]);
    max = Math.max(max, difference);
    sum += difference;
  }
  return { max, mean: sum / a.data.length };
}
