import { constants, crc32, deflateSync } from 'node:zlib';
import type { RgbImage } from '../../src/clip/images/resample.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const BITS = 8;
const COLOUR_TYPE_RGB = 2;

/** An RGB picture as a PNG file: no filter, zlib's usual compression. */
export function encodePng({ width, height, data }: RgbImage): Uint8Array {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(3 * width * y, 3 * width * (y + 1)), y * (1 + 3 * width) + 1);
  }
  return pngOfRows(width, height, rows);
}

/**
 * @param rows of 8-bit RGB, each behind a byte 0: no filter
 * @param level of zlib, 0 to 9
 */
export function pngOfRows(
  width: number,
  height: number,
  rows: Uint8Array,
  level = constants.Z_DEFAULT_COMPRESSION,
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([BITS, COLOUR_TYPE_RGB], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
