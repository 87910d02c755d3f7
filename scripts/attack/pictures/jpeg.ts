import type { CaseRandom } from '../case-random.ts';
import { concat, splice } from './bytes.ts';

interface Segment {
  readonly marker: number;
  /** The whole of it, marker and length included; of a scan its data too. */
  readonly bytes: Uint8Array;
}

const SOS = 0xda;
const EOI = 0xd9;

type Change = (segments: Segment[], random: CaseRandom) => Segment[];

const CHANGES: readonly Change[] = [
  // Width and height, in bytes 5 to 8 of a frame header; 0 is for a DNL marker to tell.
  (all, random) =>
    inFrame(all, random, (bytes) => {
      const view = new DataView(bytes.buffer);
      view.setUint16(random.pick([5, 7]), random.pick([0, 1, 7, 8, 9, 4_096, 8_192, 65_535]));
    }),
  // Precision, components, sampling factors, tables.
  (all, random) =>
    inFrame(all, random, (bytes) => {
      bytes[random.pick([4, 9, 10, 11, 12, 13, 14, 15])] = random.nextInt(256);
    }),
  // The kind of frame: baseline, extended, progressive, lossless, arithmetic.
  (all, random) =>
    inFrame(all, random, (bytes) => {
      bytes[1] = random.pick([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc9, 0xca, 0xcf]);
    }),
  // Up to 300 scans: each goes over the whole picture again.
  (all, random) => {
    const scans = all.filter(({ marker }) => marker === SOS);
    if (scans.length === 0) return all;
    return insert(all, all.length - 1, Array<Segment>(random.skewed(1, 300)).fill(random.pick(scans)));
  },
  (all, random) => withLength(all, random),
  (all, random) => all.filter(() => random.chance(0.8)),
  (all, random) => insert(all, 1 + random.nextInt(all.length), [random.pick(all)]),
  (all, random) => {
    const copy = [...all];
    const [i, j] = [random.nextInt(copy.length), random.nextInt(copy.length)];
    [copy[i], copy[j]] = [copy[j], copy[i]];
    return copy;
  },
  // A table's classes and counts: more codes than fit, or none.
  (all, random) =>
    inSegment(all, random, [0xc4], (bytes) => {
      for (let i = 4; i < Math.min(bytes.length, 21); i++)
        if (random.chance(0.3)) bytes[i] = random.nextInt(256);
    }),
  (all, random) => inSegment(all, random, [0xdb], (bytes) => bytes.fill(random.pick([0, 1, 255]), 5)),
  (all, random) =>
    inSegment(all, random, [SOS], (bytes) => {
      bytes[4 + random.nextInt(10)] = random.nextInt(256);
    }),
  (all, random) => insert(all, 1, [segment(0xdd, [0, random.pick([0, 1, 255])])]),
  (all, random) => insert(all, all.length - 1, [segment(0xdc, [random.nextInt(256), random.nextInt(256)])]),
  (all, random) =>
    insert(all, 1, [
      segment(0xee, [...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, random.pick([0, 1, 2, 3, 255])]),
    ]),
  (all, random) => insert(all, 1, [segment(0xe1, exif(random))]),
  (all, random) =>
    insert(
      all,
      1,
      Array<Segment>(random.skewed(1, 5_000)).fill(segment(random.pick([0xfe, 0xe0, 0xe2]), [])),
    ),
  // Fill bytes, and markers that stand alone.
  (all, random) =>
    insert(all, 1 + random.nextInt(all.length), [
      { marker: 0xff, bytes: new Uint8Array(random.skewed(1, 100_000)).fill(0xff) },
    ]),
  (all, random) =>
    insert(all, 1 + random.nextInt(all.length), [
      { marker: 0xd0, bytes: Uint8Array.of(0xff, 0xd0 + random.nextInt(10)) },
    ]),
  (all, random) =>
    inSegment(all, random, [SOS], (bytes) => {
      for (let times = random.skewed(1, 50); times > 0; times--)
        bytes[random.nextInt(bytes.length)] = random.pick([0, 0xff, 0xd0, random.nextInt(256)]);
    }),
];

/** A JPEG with its segments, tables, dimensions or scans changed. */
export function changeJpeg(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  let segments = parse(bytes);
  for (let times = random.skewed(1, 3); times > 0; times--) {
    if (segments.length === 0) break;
    segments = random.pick(CHANGES)(segments, random);
  }
  return concat(segments.map((one) => one.bytes));
}

function parse(bytes: Uint8Array): Segment[] {
  const segments: Segment[] = [{ marker: 0xd8, bytes: bytes.slice(0, 2) }];
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    if (marker === EOI) break;
    let end = at + 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
    if (marker === SOS) end = endOfScan(bytes, end);
    segments.push({ marker, bytes: bytes.slice(at, end) });
    at = end;
  }
  segments.push({ marker: EOI, bytes: bytes.slice(at) });
  return segments;
}

function endOfScan(bytes: Uint8Array, from: number): number {
  let at = from;
  while (
    at < bytes.length - 1 &&
    !(bytes[at] === 0xff && bytes[at + 1] !== 0 && (bytes[at + 1] & 0xf8) !== 0xd0)
  )
    at++;
  return at;
}

function inFrame(
  all: Segment[],
  random: CaseRandom,
  change: (bytes: Uint8Array<ArrayBuffer>) => void,
): Segment[] {
  return inSegment(all, random, [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc9, 0xca, 0xcf], change);
}

function inSegment(
  all: Segment[],
  random: CaseRandom,
  markers: readonly number[],
  change: (bytes: Uint8Array<ArrayBuffer>) => void,
): Segment[] {
  const places = [...all.keys()].filter((i) => markers.includes(all[i].marker));
  if (places.length === 0) return all;
  const place = random.pick(places);
  const bytes = new Uint8Array(all[place].bytes);
  // Where nothing is left of it, nothing can be changed.
  if (bytes.length < 16) return all;
  change(bytes);
  return all.with(place, { marker: all[place].marker, bytes });
}

function withLength(all: Segment[], random: CaseRandom): Segment[] {
  return inSegment(
    all,
    random,
    all.map(({ marker }) => marker),
    (bytes) => {
      new DataView(bytes.buffer).setUint16(
        2,
        random.pick([0, 1, 2, 3, 0xffff, bytes.length + 40, random.nextInt(65_536)]),
      );
    },
  );
}

function segment(marker: number, content: readonly number[]): Segment {
  const length = content.length + 2;
  return { marker, bytes: Uint8Array.of(0xff, marker, length >> 8, length & 255, ...content) };
}

/** Directories of EXIF that point at themselves, beyond the end, or hold more entries than bytes. */
export function exif(random: CaseRandom): number[] {
  const count = random.pick([0, 1, 2, 200, 65_535]);
  const entries = Array.from({ length: Math.min(count, 300) }, () => {
    const tag = random.pick([
      [0x01, 0x12],
      [0x87, 0x69],
      [0x88, 0x25],
      [0x02, 0x01],
      [random.nextInt(256), random.nextInt(256)],
    ]);
    const offset = random.pick([
      [0, 0, 0, 8],
      [0xff, 0xff, 0xff, 0xff],
      [0x7f, 0xff, 0xff, 0xff],
      [0, 0, 0, random.nextInt(64)],
    ]);
    const number = random.pick([
      [0, 0, 0, 1],
      [0xff, 0xff, 0xff, 0xff],
      [0, 1, 0, 0],
    ]);
    return [...tag, 0, random.nextInt(14), ...number, ...offset];
  });
  return [
    ...Buffer.from('Exif\0\0MM\0*\0\0\0\x08', 'latin1'),
    count >> 8,
    count & 255,
    ...entries.flat(),
    0,
    0,
    0,
    8,
  ];
}

function insert(all: Segment[], at: number, more: readonly Segment[]): Segment[] {
  return splice(all, at, more);
}
