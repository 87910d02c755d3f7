import { crc32 } from '../../format/crc32.ts';
import type { RgbImage } from './resample.ts';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const BITS = 8;
const COLOUR_TYPE_RGB = 2;
const PAETH = 4;
const CHANNELS = 3;

/**
 * An RGB picture as a PNG file, by the runtime's own zlib: every row filtered by Paeth's predictor, which suits photographs and flat
 * colours alike. Source: PNG specification (third edition), sections 5 and 9
 */
export async function encodePng(image: RgbImage): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = image;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([BITS, COLOUR_TYPE_RGB], 8);
  const rows = new Blob([filterRows(image)]).stream().pipeThrough(new CompressionStream('deflate'));
  const data = new Uint8Array(await new Response(rows).arrayBuffer());
  return concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', new Uint8Array(0))]);
}

/** Each row behind the number of its filter, as differences from what Paeth's predictor expects. */
function filterRows({ width, height, data }: RgbImage): Uint8Array<ArrayBuffer> {
  const stride = width * CHANNELS;
  const filtered = new Uint8Array(height * (1 + stride));
  for (let y = 0, out = 0; y < height; y++) {
    filtered[out++] = PAETH;
    for (let x = 0, at = y * stride; x < stride; x++, at++) {
      const left = x < CHANNELS ? 0 : data[at - CHANNELS];
      const above = y === 0 ? 0 : data[at - stride];
      const corner = x < CHANNELS || y === 0 ? 0 : data[at - stride - CHANNELS];
      filtered[out++] = data[at] - predict(left, above, corner);
    }
  }
  return filtered;
}

/** Whichever of the three is nearest to left + above - corner; ties in this order. */
function predict(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

function chunk(kind: string, data: Uint8Array): Uint8Array {
  const framed = new Uint8Array(data.length + 12);
  const view = new DataView(framed.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) framed[4 + i] = kind.charCodeAt(i);
  framed.set(data, 8);
  view.setUint32(data.length + 8, crc32(framed.subarray(4, -4)));
  return framed;
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
