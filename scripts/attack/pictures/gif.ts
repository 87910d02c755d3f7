import type { CaseRandom } from '../case-random.ts';
import { replaced } from '../mutate-bytes.ts';
import { concat } from './bytes.ts';

type Change = (bytes: Uint8Array, random: CaseRandom) => Uint8Array;

const CHANGES: readonly Change[] = [
  // The screen's width and height, its flags, the background.
  (bytes, random) => set16(bytes, random.pick([6, 8]), random.pick([0, 1, 4_096, 65_535])),
  (bytes, random) => setByte(bytes, random.pick([10, 11, 12]), random.nextInt(256)),
  (bytes, random) => {
    const at = descriptorOf(bytes);
    return at === -1
      ? bytes
      : set16(bytes, at + random.pick([1, 3, 5, 7]), random.pick([0, 1, 300, 32_768, 65_535]));
  },
  (bytes, random) => {
    const at = descriptorOf(bytes);
    return at === -1 ? bytes : setByte(bytes, at + random.pick([9, 10]), random.nextInt(256));
  },
  // A frame many times over.
  (bytes, random) => {
    const at = descriptorOf(bytes);
    if (at === -1) return bytes;
    const frame = bytes.slice(at, bytes.length - 1);
    return concat([
      bytes.subarray(0, bytes.length - 1),
      ...Array<Uint8Array>(random.skewed(1, Math.max(1, Math.floor(2_000_000 / frame.length)))).fill(frame),
      Uint8Array.of(0x3b),
    ]);
  },
  // Extensions without end, or of no length.
  (bytes, random) => {
    const at = descriptorOf(bytes);
    if (at === -1) return bytes;
    const extension = random.pick([
      [0x21, 0xfe, 0],
      [0x21, 0xff, 11, ...Buffer.from('NETSCAPE2.0'), 3, 1, 0, 0, 0],
      [0x21, 0xf9, 4, 255, 255, 255, 255, 0],
      [0x21, 0x2a, 255],
    ]);
    return concat([
      bytes.subarray(0, at),
      ...Array<Uint8Array>(random.skewed(1, 50_000)).fill(Uint8Array.from(extension)),
      bytes.subarray(at),
    ]);
  },
  (bytes, random) => {
    const at = descriptorOf(bytes);
    const data = at === -1 ? bytes.length >> 1 : Math.min(bytes.length - 1, at + 11);
    return setByte(bytes, Math.min(bytes.length - 1, data + random.nextInt(60)), random.nextInt(256));
  },
  (bytes, random) => bytes.slice(0, random.nextInt(bytes.length)),
  (bytes, random) =>
    replaced(bytes, 3, 6, new Uint8Array(Buffer.from(random.pick(['87a', '89a', '89b', '\0\0\0'])))),
];

/** A GIF with its screen, frames, extensions or LZW data changed. */
export function changeGif(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  let changed = bytes;
  for (let times = random.skewed(1, 3); times > 0; times--) {
    if (changed.length < 14) break;
    changed = random.pick(CHANGES)(changed, random);
  }
  return changed;
}

/** Where the first image descriptor begins, or -1. */
function descriptorOf(bytes: Uint8Array): number {
  let at = 13 + ((bytes[10] & 0x80) === 0 ? 0 : 3 << ((bytes[10] & 7) + 1));
  while (at < bytes.length) {
    if (bytes[at] === 0x2c) return at;
    if (bytes[at] !== 0x21) return -1;
    at += 2;
    while (at < bytes.length && bytes[at] !== 0) at += bytes[at] + 1;
    at++;
  }
  return -1;
}

function setByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  return at >= bytes.length ? bytes : replaced(bytes, at, at + 1, Uint8Array.of(value));
}

function set16(bytes: Uint8Array, at: number, value: number): Uint8Array {
  return at + 2 > bytes.length ? bytes : replaced(bytes, at, at + 2, Uint8Array.of(value & 255, value >> 8));
}
