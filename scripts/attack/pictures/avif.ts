import type { CaseRandom } from '../case-random.ts';
import { replaced } from '../mutate-bytes.ts';
import { ascii, concat, uint32 } from './bytes.ts';

/** A box by where it lies: its size is the 4 bytes at `at`, its type the 4 behind. */
interface Box {
  readonly type: string;
  readonly at: number;
  readonly end: number;
}

/** Boxes that hold boxes, and the bytes of their own before those. */
const CONTAINERS: Readonly<Record<string, number>> = {
  meta: 12,
  iprp: 8,
  ipco: 8,
  iinf: 14,
  moov: 8,
  trak: 8,
  mdia: 8,
  minf: 8,
  stbl: 8,
  iref: 12,
};

type Change = (bytes: Uint8Array, random: CaseRandom) => Uint8Array;

const CHANGES: readonly Change[] = [
  (bytes, random) =>
    inBox(
      bytes,
      random,
      () => true,
      ({ at, end }) =>
        replaced(
          bytes,
          at,
          at + 4,
          uint32(random.pick([0, 1, 7, 8, end - at + 1, 0x7fffffff, 0xffffffff, random.nextInt(5_000)])),
        ),
    ),
  (bytes, random) =>
    inBox(
      bytes,
      random,
      ({ type }) => type === 'ispe',
      ({ at }) => {
        const place = at + random.pick([12, 16]);
        return replaced(
          bytes,
          place,
          place + 4,
          uint32(random.pick([0, 1, 4_096, 65_536, 0x7fffffff, 0xffffffff])),
        );
      },
    ),
  // Where items lie and how long they are; which properties and references they have; the codec's configuration.
  (bytes, random) =>
    inBox(
      bytes,
      random,
      ({ type }) =>
        [
          'iloc',
          'ipma',
          'iref',
          'iinf',
          'pitm',
          'av1C',
          'irot',
          'imir',
          'clap',
          'pixi',
          'colr',
          'auxC',
          'hdlr',
          'infe',
          'stsz',
          'stco',
          'stsc',
        ].includes(type),
      ({ at, end }) => {
        if (end - at <= 9) return bytes;
        const copy = new Uint8Array(bytes);
        for (let times = random.skewed(1, 8); times > 0; times--)
          copy[at + 8 + random.nextInt(end - at - 8)] = random.pick([0, 1, 0xff, 0x7f, random.nextInt(256)]);
        return copy;
      },
    ),
  (bytes, random) =>
    inBox(
      bytes,
      random,
      () => true,
      ({ at, end }) => replaced(bytes, at, end, new Uint8Array()),
    ),
  (bytes, random) =>
    inBox(
      bytes,
      random,
      ({ end, at }) => end - at < 2_000,
      ({ at, end }) =>
        replaced(
          bytes,
          end,
          end,
          concat(Array<Uint8Array>(random.skewed(1, 1_000)).fill(bytes.slice(at, end))),
        ),
    ),
  // Boxes in boxes, as deep as a parser that calls itself goes.
  (bytes, random) =>
    inBox(
      bytes,
      random,
      ({ type }) => type in CONTAINERS,
      ({ type, at }) => {
        const head = CONTAINERS[type];
        const depth = random.skewed(1, 20_000);
        const own = Array.from({ length: depth }, (_, i) =>
          concat([uint32((depth - i) * head), ascii(type), new Uint8Array(head - 8)]),
        );
        return replaced(bytes, at + head, at + head, concat(own));
      },
    ),
  (bytes, random) =>
    inBox(
      bytes,
      random,
      ({ type }) => type === 'mdat',
      ({ at, end }) => {
        const copy = new Uint8Array(bytes);
        for (let times = random.skewed(1, 30); times > 0; times--)
          copy[at + 8 + random.nextInt(Math.max(1, end - at - 8))] = random.nextInt(256);
        return copy;
      },
    ),
  (bytes, random) =>
    inBox(
      bytes,
      random,
      ({ type }) => type === 'ftyp',
      ({ at }) =>
        replaced(
          bytes,
          at + 8,
          at + 12,
          ascii(random.pick(['avif', 'avis', 'mif1', 'heic', 'msf1', '\0\0\0\0', 'isom'])),
        ),
    ),
  (bytes, random) => bytes.slice(0, random.nextInt(bytes.length)),
];

/** An AVIF with its boxes changed: sizes, nesting, dimensions, where items lie. */
export function changeAvif(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  let changed = bytes;
  for (let times = random.skewed(1, 3); times > 0; times--) {
    if (changed.length < 16) break;
    changed = random.pick(CHANGES)(changed, random);
  }
  return changed;
}

function inBox(
  bytes: Uint8Array,
  random: CaseRandom,
  isWanted: (box: Box) => boolean,
  change: (box: Box) => Uint8Array,
): Uint8Array {
  const wanted = boxesOf(bytes, 0, bytes.length).filter(isWanted);
  return wanted.length === 0 ? bytes : change(random.pick(wanted));
}

function boxesOf(bytes: Uint8Array, from: number, to: number): Box[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to && boxes.length < 200;) {
    const size = view.getUint32(at);
    const end = size >= 8 ? Math.min(to, at + size) : to;
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1');
    boxes.push({ type, at, end });
    const head = Object.hasOwn(CONTAINERS, type) ? CONTAINERS[type] : 0;
    // Only one level of what a case has nested itself.
    if (head > 0 && at + head < end && from === 0) boxes.push(...boxesOf(bytes, at + head, end));
    at = end;
  }
  return boxes;
}
