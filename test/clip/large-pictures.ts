import { readFileSync } from 'node:fs';
import { pngOfRows } from '../../scripts/clip/png-file.ts';

const TILE = new URL('../fixtures/large-pictures/tile.jpg', import.meta.url);
const TILE_WIDTH = 512;
const TILE_HEIGHT = 384;

const FRAME = 0xc0;
const SCAN = 0xda;
const END = [0xff, 0xd9];

/**
 * A baseline JPEG of columns x rows copies of the tile, whose rows of blocks stand between restart markers: after each of them a
 * decoder starts afresh, so that the pieces can be put in another order. No dimension may exceed 65,535.
 * @param cut pixels, 0 to 15, that the last block of a row and of a column reaches beyond the picture
 */
export function tiledJpeg(columns: number, rows: number, cut = 0): Uint8Array {
  const tile = new Uint8Array(readFileSync(TILE));
  const head = tile.slice(0, scanStart(tile));
  const frame = markerAt(head, FRAME);
  const view = new DataView(head.buffer);
  view.setUint16(frame + 5, TILE_HEIGHT * rows - cut);
  view.setUint16(frame + 7, TILE_WIDTH * columns - cut);
  const pieces = blockRows(tile.subarray(head.length, tile.length - END.length));
  const parts: Uint8Array[] = [head];
  const total = pieces.length * columns * rows;
  for (let i = 0; i < total; i++) {
    parts.push(pieces[Math.floor(i / columns) % pieces.length]);
    if (i < total - 1) parts.push(Uint8Array.of(0xff, 0xd0 + (i % 8)));
  }
  return Buffer.concat([...parts, Uint8Array.from(END)]);
}

/** The JPEG with an EXIF segment that holds nothing but the orientation, 1 to 8. */
export function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const tiff = [
    0x49,
    0x49,
    42,
    0,
    8,
    0,
    0,
    0,
    1,
    0,
    0x12,
    1,
    3,
    0,
    1,
    0,
    0,
    0,
    orientation,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  const body = [...new TextEncoder().encode('Exif'), 0, 0, ...tiff];
  const segment = Uint8Array.from([0xff, 0xe1, 0, body.length + 2, ...body]);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

function markerAt(bytes: Uint8Array, code: number): number {
  return bytes.findIndex((value, i) => value === 0xff && bytes[i + 1] === code);
}

function scanStart(bytes: Uint8Array): number {
  const at = markerAt(bytes, SCAN);
  return at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
}

/** The coded data between restart markers. */
function blockRows(data: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (let at = 0; at < data.length - 1; at++) {
    if (data[at] !== 0xff || data[at + 1] < 0xd0 || data[at + 1] > 0xd7) continue;
    pieces.push(data.slice(from, at));
    from = at + 2;
  }
  return [...pieces, data.slice(from)];
}

/** An RGB PNG of vertical bands, each an eighth of the width, the same in every row. */
export function bandedPng(width: number, height: number): Uint8Array {
  const row = Buffer.alloc(1 + 3 * width);
  for (let x = 0; x < width; x++) {
    const band = Math.floor((8 * x) / width);
    row.set([band & 1 ? 255 : 30, band & 2 ? 255 : 30, band & 4 ? 255 : 30], 1 + 3 * x);
  }
  return pngOfRows(width, height, Buffer.alloc(row.length * height, row), 1);
}

/**
 * A lossless WebP of one colour in 34 bytes: prefix codes of one symbol take no bits a pixel. Sides up to 16,384. Its alpha is stored,
 * and said to be used only where `hasAlpha`.
 * Source: WebP lossless bitstream specification, sections 3 and 6.2.1.
 */
export function plainWebp(
  width: number,
  height: number,
  [red, green, blue, alpha = 255]: readonly number[],
  hasAlpha = false,
): Uint8Array {
  const bits: number[] = [];
  const write = (value: number, count: number): void => {
    for (let i = 0; i < count; i++) bits.push((value >> i) & 1);
  };
  write(0x2f, 8);
  write(width - 1, 14);
  write(height - 1, 14);
  write(hasAlpha ? 1 : 0, 1);
  write(0, 3); // version
  write(0, 1 + 1 + 1); // no transform, no colour cache, one group of prefix codes
  for (const symbol of [green, red, blue, alpha, 0]) {
    write(1, 1); // a simple code
    write(0, 1); // of one symbol
    write(1, 1); // of 8 bits
    write(symbol, 8);
  }
  const body = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => (body[i >> 3] |= bit << (i & 7)));
  const padded = body.length + (body.length & 1);
  const file = Buffer.alloc(20 + padded);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(12 + padded, 4);
  file.write('WEBPVP8L', 8, 'latin1');
  file.writeUInt32LE(body.length, 16);
  body.copy(file, 20);
  return file;
}
