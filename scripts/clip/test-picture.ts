import { encodePng } from './png-file.ts';

const SIDE = 64;

/** A red square on white, 64 x 64, as a PNG file: something to encode where no file is at hand. */
export function drawTestPicture(): Uint8Array {
  const data = new Uint8Array(SIDE * SIDE * 3).fill(255);
  for (let y = SIDE / 4; y < (3 * SIDE) / 4; y++) {
    for (let x = SIDE / 4; x < (3 * SIDE) / 4; x++) data.set([210, 30, 30], (y * SIDE + x) * 3);
  }
  return encodePng({ width: SIDE, height: SIDE, data });
}
