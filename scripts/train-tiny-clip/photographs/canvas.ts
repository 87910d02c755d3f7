import { createImageDecoder, type ImageDecoder } from '../../../src/clip/images/decode-image.ts';
import { type RgbImage, resample } from '../../../src/clip/images/resample.ts';
import { nodeDecoders } from '../../clip/node-runtime.ts';
import { OFFLINE_MAX_PIXELS } from '../../clip/picture-limit.ts';
import { LETTERS } from './letters.ts';

/** Reads a file's pixels, upright, over white. */
export type PixelReader = (bytes: Uint8Array) => Promise<RgbImage>;

/** By the project's own decoders. */
export async function createPixelReader(): Promise<PixelReader> {
  const decode: ImageDecoder = createImageDecoder(await nodeDecoders());
  return (bytes) =>
    decode(bytes, { maxPixels: OFFLINE_MAX_PIXELS, shortSide: null }, (rows) => {
      const { width, height } = rows;
      return resample(rows, { width, height }, { left: 0, top: 0, width, height }, 'bicubic');
    });
}

/** Every sample times a factor in [0, 1], as a picture taken with so much of the light. */
export function darken({ width, height, data }: RgbImage, factor: number): RgbImage {
  return { width, height, data: data.map((value) => Math.round(value * factor)) };
}

/** Gaussian blur of a deviation in pixels; the border is repeated. O(pixels·deviation). */
export function blur(picture: RgbImage, deviation: number): RgbImage {
  const radius = Math.ceil(3 * deviation);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / deviation) ** 2),
  );
  const sum = weights.reduce((total, weight) => total + weight);
  const kernel = weights.map((weight) => weight / sum);
  const { width, height } = picture;
  const across = convolve(Float64Array.from(picture.data), height, width, 3 * width, 3, kernel);
  const down = convolve(across, width, height, 3, 3 * width, kernel);
  return { width, height, data: Uint8Array.from(down, Math.round) };
}

/** One pass of a kernel along `length` steps of each of `lines`, three channels. */
function convolve(
  source: Float64Array,
  lines: number,
  length: number,
  lineStride: number,
  stepStride: number,
  kernel: Float64Array,
): Float64Array {
  const out = new Float64Array(source.length);
  const radius = kernel.length >> 1;
  for (let line = 0; line < lines; line++) {
    for (let step = 0; step < length; step++) {
      const at = line * lineStride + step * stepStride;
      for (let tap = -radius; tap <= radius; tap++) {
        const from = line * lineStride + Math.min(length - 1, Math.max(0, step + tap)) * stepStride;
        for (let channel = 0; channel < 3; channel++) {
          out[at + channel] += kernel[tap + radius] * source[from + channel];
        }
      }
    }
  }
  return out;
}

/** Pictures side by side on a white square, each as high as the others' row allows. */
export function sideBySide(pictures: readonly RgbImage[], side: number): RgbImage {
  const data = new Uint8Array(side * side * 3).fill(255);
  const cell = Math.floor(side / pictures.length);
  for (const [i, picture] of pictures.entries()) {
    const scale = cell / Math.max(picture.width, picture.height);
    const width = Math.max(1, Math.round(picture.width * scale));
    const height = Math.max(1, Math.round(picture.height * scale));
    const part = resample(rowsOf(picture), { width, height }, { left: 0, top: 0, width, height }, 'bicubic');
    const left = i * cell + ((cell - width) >> 1);
    const top = (side - height) >> 1;
    for (let y = 0; y < height; y++) {
      data.set(part.data.subarray(3 * width * y, 3 * width * (y + 1)), ((top + y) * side + left) * 3);
    }
  }
  return { width: side, height: side, data };
}

function rowsOf({ width, height, data }: RgbImage): Parameters<typeof resample>[0] {
  return {
    width,
    height,
    readRow: (y, from, to, out) => out.set(data.subarray(3 * (y * width + from), 3 * (y * width + to))),
  };
}

/**
 * A word in black capitals on a white square, as large as fits.
 * @throws RangeError for other characters than letters
 */
export function writeWord(word: string, side: number): RgbImage {
  const letters = [...word.toUpperCase()].map((letter) => {
    const columns = LETTERS.get(letter);
    if (columns === undefined) throw new RangeError(`no letter ${letter}, expected A to Z`);
    return columns;
  });
  const columns = letters.flatMap((letter) => [...letter, 0]);
  const scale = Math.floor(side / (columns.length + 1));
  const left = (side - scale * (columns.length - 1)) >> 1;
  const top = (side - scale * 7) >> 1;
  const data = new Uint8Array(side * side * 3).fill(255);
  for (let y = 0; y < 7 * scale; y++) {
    for (let x = 0; x < columns.length * scale; x++) {
      const isInk = (columns[Math.floor(x / scale)] >> Math.floor(y / scale)) & 1;
      if (isInk) data.fill(0, ((top + y) * side + left + x) * 3, ((top + y) * side + left + x + 1) * 3);
    }
  }
  return { width: side, height: side, data };
}
