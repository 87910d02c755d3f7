import { deflateSync } from 'node:zlib';
import { crc32 } from '../../../src/format/crc32.ts';
import type { CaseRandom } from '../case-random.ts';
import { ascii, concat, splice, uint32 } from './bytes.ts';
import { exif } from './jpeg.ts';

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** In place of the true length. */
  readonly length?: number;
}

type Change = (chunks: Chunk[], random: CaseRandom) => Chunk[];

/** Zeros that are small as they are sent and large once inflated. */
function bomb(random: CaseRandom): Uint8Array {
  return deflateSync(new Uint8Array(random.pick([1_000, 100_000, 4_000_000, 40_000_000])));
}

const CHANGES: readonly Change[] = [
  (all, random) =>
    inChunk(all, random, 'IHDR', (data) => {
      new DataView(data.buffer).setUint32(
        random.pick([0, 4]),
        random.pick([0, 1, 16, 4_096, 65_536, 0x7fffffff, 0xffffffff]),
      );
    }),
  (all, random) =>
    inChunk(all, random, 'IHDR', (data) => {
      data[8 + random.nextInt(5)] = random.pick([0, 1, 2, 3, 4, 6, 8, 16, 255]);
    }),
  (all, random) => inChunk(all, random, 'PLTE', (data) => data.subarray(0, random.nextInt(data.length + 1))),
  (all, random) =>
    splice(all, 1, [
      {
        type: random.pick(['PLTE', 'tRNS']),
        data: new Uint8Array(random.pick([0, 1, 3, 767, 768, 771, 10_000])),
      },
    ]),
  (all, random) =>
    inChunk(all, random, 'IDAT', (data) => {
      data[random.nextInt(data.length)] ^= 1 << random.nextInt(8);
    }),
  (all, random) => inChunk(all, random, 'IDAT', (data) => data.subarray(0, random.nextInt(data.length))),
  (all, random) => inChunk(all, random, 'IDAT', () => bomb(random)),
  (all, random) => {
    const idat = all.findIndex(({ type }) => type === 'IDAT');
    if (idat === -1) return all;
    const empty = Array<Chunk>(random.skewed(1, 50_000)).fill({ type: 'IDAT', data: new Uint8Array() });
    return splice(all, idat, empty);
  },
  (all, random) =>
    all.with(random.nextInt(all.length), {
      ...random.pick(all),
      length: random.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 12]),
    }),
  (all, random) => all.filter(() => random.chance(0.8)),
  (all, random) => splice(all, random.nextInt(all.length + 1), [random.pick(all)]),
  (all, random) => {
    const [i, j] = [random.nextInt(all.length), random.nextInt(all.length)];
    return all.with(i, all[j]).with(j, all[i]);
  },
  (all, random) =>
    splice(all, 1, [
      {
        type: random.pick(['iCCP', 'zTXt']),
        data: concat([ascii('Raw profile type exif\0\0'), bomb(random)]),
      },
    ]),
  (all, random) =>
    splice(all, 1, [{ type: 'iTXt', data: concat([ascii('XML:com.adobe.xmp\0\x01\0\0\0'), bomb(random)]) }]),
  (all, random) =>
    splice(all, 1, [
      {
        type: 'iTXt',
        data: ascii(`XML:com.adobe.xmp\0\0\0\0\0${'<rdf:RDF>'.repeat(random.skewed(1, 30_000))}`),
      },
    ]),
  (all, random) =>
    splice(all, 1, [{ type: 'eXIf', data: Uint8Array.from(exif(random).slice(random.pick([0, 6]))) }]),
  (all, random) =>
    splice(
      all,
      1,
      Array<Chunk>(random.skewed(1, 20_000)).fill({
        type: random.pick(['tEXt', 'fcTL', 'fdAT', 'acTL', 'aaAa', 'AAAA']),
        data: new Uint8Array(random.pick([0, 4, 8, 26])),
      }),
    ),
  (all, random) =>
    splice(all, random.nextInt(all.length), [
      { type: ascii4(random), data: new Uint8Array(random.nextInt(40)) },
    ]),
];

/** A PNG with its chunks changed, each with the checksum of what it then holds. */
export function changePng(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  let chunks = parse(bytes);
  for (let times = random.skewed(1, 3); times > 0; times--) {
    if (chunks.length === 0) break;
    chunks = random.pick(CHANGES)(chunks, random);
  }
  return concat([bytes.subarray(0, 8), ...chunks.map(write)]);
}

function parse(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    chunks.push({
      type: Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1'),
      data: bytes.slice(at + 8, at + 8 + length),
    });
    at += 12 + length;
  }
  return chunks;
}

function write({ type, data, length = data.length }: Chunk): Uint8Array {
  const typed = concat([ascii(type), data]);
  return concat([uint32(length), typed, uint32(crc32(typed))]);
}

function inChunk(
  all: Chunk[],
  random: CaseRandom,
  wanted: string,
  change: (data: Uint8Array<ArrayBuffer>) => Uint8Array | void,
): Chunk[] {
  const places = [...all.keys()].filter((i) => all[i].type === wanted && all[i].data.length > 12);
  if (places.length === 0) return all;
  const place = random.pick(places);
  const data = new Uint8Array(all[place].data);
  return all.with(place, { type: wanted, data: change(data) ?? data });
}

function ascii4(random: CaseRandom): string {
  return String.fromCharCode(...Array.from({ length: 4 }, () => random.nextInt(256)));
}
