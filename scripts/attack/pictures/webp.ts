import type { CaseRandom } from '../case-random.ts';
import { ascii, concat, splice, uint32 } from './bytes.ts';
import { exif } from './jpeg.ts';

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  readonly length?: number;
}

type Change = (chunks: Chunk[], random: CaseRandom) => Chunk[];

const uint24 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255];

const CHANGES: readonly Change[] = [
  (all, random) =>
    inChunk(all, random, ['VP8X'], (data) => {
      data.set(uint24(random.pick([0, 1, 4_095, 16_383, 0xffffff])), random.pick([4, 7]));
    }),
  (all, random) =>
    inChunk(all, random, ['VP8X'], (data) => {
      data[0] = random.nextInt(256);
    }),
  // The size of the picture itself: 14 bits each, behind the start code or in the signature's first bytes.
  (all, random) =>
    inChunk(all, random, ['VP8 '], (data) =>
      data.set([random.nextInt(256), random.nextInt(64)], random.pick([6, 8])),
    ),
  (all, random) =>
    inChunk(all, random, ['VP8L'], (data) =>
      data.set([random.nextInt(256), random.nextInt(256)], 1 + random.nextInt(3)),
    ),
  (all, random) =>
    inChunk(all, random, ['VP8 ', 'VP8L', 'ALPH', 'ANMF'], (data) => {
      for (let times = random.skewed(1, 20); times > 0; times--)
        data[random.nextInt(Math.min(data.length, 200))] = random.nextInt(256);
    }),
  (all, random) =>
    inChunk(all, random, ['VP8 ', 'VP8L', 'ALPH', 'ANMF'], (data) =>
      data.subarray(0, random.nextInt(data.length)),
    ),
  (all, random) =>
    all.with(random.nextInt(all.length), {
      ...random.pick(all),
      length: random.pick([0, 1, 7, 0x7fffffff, 0xffffffff, 0xfffffff6]),
    }),
  (all, random) => all.filter(() => random.chance(0.8)),
  (all, random) =>
    splice(
      all,
      random.nextInt(all.length + 1),
      Array<Chunk>(random.skewed(1, 3_000)).fill(
        random.pick(all.filter(({ data }) => data.length < 400).concat(all[0])),
      ),
    ),
  (all, random) => {
    const [i, j] = [random.nextInt(all.length), random.nextInt(all.length)];
    return all.with(i, all[j]).with(j, all[i]);
  },
  (all, random) =>
    splice(all, random.nextInt(all.length + 1), [
      { type: 'EXIF', data: Uint8Array.from(exif(random).slice(random.pick([0, 6]))) },
    ]),
  (all, random) =>
    splice(all, 0, [
      {
        type: 'VP8X',
        data: Uint8Array.of(
          random.nextInt(256),
          0,
          0,
          0,
          ...uint24(random.nextInt(20_000)),
          ...uint24(random.nextInt(20_000)),
        ),
      },
    ]),
  (all, random) =>
    splice(all, random.nextInt(all.length + 1), [
      {
        type: random.pick(['ANIM', 'ALPH', 'ICCP', 'XMP ', '\0\0\0\0', 'VP8 ']),
        data: new Uint8Array(random.nextInt(60)),
      },
    ]),
];

/** A WebP with its chunks changed. */
export function changeWebp(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  let chunks = parse(bytes);
  for (let times = random.skewed(1, 3); times > 0; times--) {
    if (chunks.length === 0) break;
    chunks = random.pick(CHANGES)(chunks, random);
  }
  const body = concat([ascii('WEBP'), ...chunks.map(write)]);
  const size = random.chance(0.9)
    ? body.length
    : random.pick([0, 4, 0x7fffffff, 0xffffffff, body.length - 9]);
  return concat([ascii('RIFF'), uint32(size, true), body]);
}

function parse(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    chunks.push({
      type: Buffer.from(bytes.subarray(at, at + 4)).toString('latin1'),
      data: bytes.slice(at + 8, at + 8 + length),
    });
    at += 8 + length + (length & 1);
  }
  return chunks;
}

function write({ type, data, length = data.length }: Chunk): Uint8Array {
  return concat([ascii(type), uint32(length, true), data, new Uint8Array(data.length & 1)]);
}

function inChunk(
  all: Chunk[],
  random: CaseRandom,
  types: readonly string[],
  change: (data: Uint8Array<ArrayBuffer>) => Uint8Array | void,
): Chunk[] {
  const places = [...all.keys()].filter((i) => types.includes(all[i].type) && all[i].data.length >= 10);
  if (places.length === 0) return all;
  const place = random.pick(places);
  const data = new Uint8Array(all[place].data);
  return all.with(place, { type: all[place].type, data: change(data) ?? data });
}
