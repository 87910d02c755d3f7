import { deflateSync, crc32 } from 'node:zlib';

const SIDE = 64;

/** A red square on white, 64 x 64, as a PNG file: something to encode where no file is at hand. */
export function drawTestPicture(): Uint8Array {
  const rows = Buffer.alloc(SIDE * (1 + SIDE * 3), 255);
  for (let y = 0; y < SIDE; y++) {
    rows[y * (1 + SIDE * 3)] = 0;
    for (let x = 0; x < SIDE; x++) {
      const inside = x >= SIDE / 4 && x < (3 * SIDE) / 4 && y >= SIDE / 4 && y < (3 * SIDE) / 4;
      if (inside) rows.set([210, 30, 30], y * (1 + SIDE * 3) + 1 + x * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
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
