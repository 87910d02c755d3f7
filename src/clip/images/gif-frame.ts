import { isGifDataWhole } from './gif-data.ts';

/** A GIF's first frame, cut out as a file of its own, and the screen that it lies on. Pixels. */
export interface GifFrame {
  /** The logical screen, grown to hold the frame, as Pillow and browsers do. */
  readonly screen: { readonly width: number; readonly height: number };
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Whether the data tells the whole frame, see `isGifDataWhole`. */
  readonly isWhole: boolean;
  /** A GIF whose screen is the frame. */
  readonly file: Uint8Array;
}

const HEADER_BYTES = 13;
const DESCRIPTOR_BYTES = 10;
const GRAPHIC_CONTROL_BYTES = 8;
const TRAILER = 0x3b;

interface FramePlace {
  /** Where the image descriptor begins. */
  readonly at: number;
  /** Where the last graphic control extension before it begins, or -1. */
  readonly control: number;
}

/**
 * Find the first frame. Extensions of any kind before it, known or not, empty or not, are skipped, as GIF89a asks; so is what is no
 * block at all. Of the file behind the frame nothing is read: other frames neither grow the screen nor cost time.
 * @returns null when there is no frame header. Source: GIF89a, sections 18 to 26
 */
export function firstGifFrame(bytes: Uint8Array): GifFrame | null {
  const place = findFrame(bytes);
  if (place === null) return null;
  const frame = measureFrame(bytes, place);
  const isWhole = isGifDataWhole(bytes, dataStart(bytes, place), frame.width * frame.height);
  return { ...frame, isWhole, file: writeFrame(bytes, place) };
}

/** The first frame's screen alone, in pixels; null when there is no frame header. */
export function readGifScreen(bytes: Uint8Array): GifFrame['screen'] | null {
  const place = findFrame(bytes);
  return place === null ? null : measureFrame(bytes, place).screen;
}

function measureFrame(bytes: Uint8Array, place: FramePlace): Omit<GifFrame, 'file' | 'isWhole'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const left = view.getUint16(place.at + 1, true);
  const top = view.getUint16(place.at + 3, true);
  const width = view.getUint16(place.at + 5, true);
  const height = view.getUint16(place.at + 7, true);
  const screen = {
    width: Math.max(view.getUint16(6, true), left + width),
    height: Math.max(view.getUint16(8, true), top + height),
  };
  return { screen, left, top, width, height };
}

function findFrame(bytes: Uint8Array): FramePlace | null {
  let control = -1;
  let at = HEADER_BYTES + colourTableBytes(bytes[10]);
  while (at + DESCRIPTOR_BYTES <= bytes.length) {
    const block = bytes[at];
    if (block === 0x2c) return { at, control };
    if (block === TRAILER) return null;
    if (block !== 0x21) {
      at += 1;
      continue;
    }
    if (bytes[at + 1] === 0xf9 && bytes[at + 2] === 4) control = at;
    at = skipSubBlocks(bytes, at + 2);
  }
  return null;
}

/** Where the block ends whose data sub-blocks begin at `at`: each tells its length, and one of length 0 ends them. */
function skipSubBlocks(bytes: Uint8Array, at: number): number {
  while (bytes[at] > 0) at += bytes[at] + 1;
  return at + 1;
}

function colourTableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Where the size of the first code stands, behind the descriptor and its colour table. */
function dataStart(bytes: Uint8Array, { at }: FramePlace): number {
  return at + DESCRIPTOR_BYTES + colourTableBytes(bytes[at + 9]);
}

function writeFrame(bytes: Uint8Array, place: FramePlace): Uint8Array {
  const { at, control } = place;
  const head = bytes.subarray(0, HEADER_BYTES + colourTableBytes(bytes[10]));
  const graphics = control < 0 ? new Uint8Array(0) : bytes.subarray(control, control + GRAPHIC_CONTROL_BYTES);
  const end = skipSubBlocks(bytes, dataStart(bytes, place) + 1);
  const image = bytes.subarray(at, end);
  // Data that ends without its terminator gets one: whether it is whole is looked at elsewhere.
  const tail = end > bytes.length ? [0, TRAILER] : [TRAILER];
  const imageAt = head.length + graphics.length;
  const file = new Uint8Array(imageAt + image.length + tail.length);
  file.set(head);
  file.set(graphics, head.length);
  file.set(image, imageAt);
  file.set(tail, imageAt + image.length);
  // The screen becomes the frame's size, and the frame moves to its corner.
  file.set(bytes.subarray(at + 5, at + 9), 6);
  file.fill(0, imageAt + 1, imageAt + 5);
  return file;
}
