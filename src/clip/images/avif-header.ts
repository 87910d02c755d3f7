import { findIsoBox, type IsoBox, readIsoBoxes, viewOf } from './iso-boxes.ts';

/** What an AVIF's boxes say of its picture, before anything is decoded. */
export interface AvifHeader {
  /** Stored pixels, before rotation. */
  readonly width: number;
  readonly height: number;
  /** The rotation and mirroring as the EXIF orientation 1..8 that does the same. */
  readonly orientation: number;
}

/**
 * Read size and rotation of an AVIF's primary item.
 * @returns null where its boxes are damaged or name no size
 * Source: ISO/IEC 23008-12 (HEIF), sections 6.5.3 (ispe), 6.5.10 (irot), 6.5.12 (imir) and 9.3 (iprp).
 */
export function readAvifHeader(bytes: Uint8Array): AvifHeader | null {
  try {
    const meta = findIsoBox(bytes, 'meta')?.subarray(4);
    const properties = meta === undefined ? null : findIsoBox(meta, 'iprp');
    if (meta === undefined || properties === null) return null;
    return summarise(primaryProperties(meta, properties));
  } catch (error) {
    // A box cut short in the middle of a number.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function primaryProperties(meta: Uint8Array, properties: Uint8Array): IsoBox[] {
  const container = findIsoBox(properties, 'ipco');
  const associations = findIsoBox(properties, 'ipma');
  const primary = readPrimaryItem(meta);
  if (container === null || associations === null || primary === null) return [];
  const all = [...readIsoBoxes(container)];
  // Numbered from 1; 0 means none.
  return readAssociations(associations, primary).flatMap((index) => all[index - 1] ?? []);
}

function readPrimaryItem(meta: Uint8Array): number | null {
  const box = findIsoBox(meta, 'pitm');
  if (box === null) return null;
  const view = viewOf(box);
  return view.getUint8(0) === 0 ? view.getUint16(4) : view.getUint32(4);
}

/** The property numbers of one item, in the order in which they apply. */
function readAssociations(box: Uint8Array, item: number): number[] {
  const view = viewOf(box);
  const longItems = view.getUint8(0) >= 1;
  const longIndices = (view.getUint8(3) & 1) !== 0;
  let at = 8;
  for (let left = view.getUint32(4); left > 0; left--) {
    const id = longItems ? view.getUint32(at) : view.getUint16(at);
    at += longItems ? 4 : 2;
    const count = view.getUint8(at++);
    const step = longIndices ? 2 : 1;
    if (id === item) {
      // The top bit says whether a reader must understand the property.
      return Array.from({ length: count }, (_, i) =>
        longIndices ? view.getUint16(at + 2 * i) & 0x7fff : view.getUint8(at + i) & 0x7f,
      );
    }
    at += count * step;
  }
  return [];
}

function summarise(properties: readonly IsoBox[]): AvifHeader | null {
  const size = properties.find(({ kind }) => kind === 'ispe');
  if (size === undefined) return null;
  const view = viewOf(size.body);
  const rotation = properties.find(({ kind }) => kind === 'irot');
  const mirror = properties.find(({ kind }) => kind === 'imir');
  return {
    width: view.getUint32(4),
    height: view.getUint32(8),
    orientation: orientationOf(
      rotation === undefined ? 0 : viewOf(rotation.body).getUint8(0) & 3,
      mirror === undefined ? null : viewOf(mirror.body).getUint8(0) & 1,
    ),
  };
}

/** By quarter turns anticlockwise, which come first, and then: no mirroring, top with bottom, left with right. */
const ORIENTATIONS = [
  [1, 4, 2],
  [8, 5, 7],
  [3, 2, 4],
  [6, 7, 5],
] as const;

function orientationOf(quarterTurns: number, mirrorAxis: number | null): number {
  return ORIENTATIONS[quarterTurns][mirrorAxis === null ? 0 : mirrorAxis + 1];
}
