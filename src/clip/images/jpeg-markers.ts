import { AppError } from '../../errors.ts';

/** Start-of-frame markers C0..CF, less the tables and the reserved code among them: DHT (C4), JPG (C8) and DAC (CC). */
const NO_FRAME: ReadonlySet<number> = new Set([0xc4, 0xc8, 0xcc]);
/** SOF55, of the other JPEG standard, ITU T.87. */
const JPEG_LS = 0xf7;
/** SOF2. */
export const PROGRESSIVE = 0xc2;
const START_OF_IMAGE = 0xd8;
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;

/** Frame types beyond baseline, extended and progressive, all by Huffman coding; lossless and hierarchical ones are told apart first. */
const LOSSLESS: ReadonlySet<number> = new Set([0xc3, 0xcb]);
const HIERARCHICAL: ReadonlySet<number> = new Set([0xc5, 0xc6, 0xc7, 0xcd, 0xce, 0xcf]);
const ARITHMETIC: ReadonlySet<number> = new Set([0xc9, 0xca]);

/** A progressive JPEG has about ten scans. Each walks the whole picture however short its data, so thousands would keep a core busy. */
const MAX_SCANS = 100;

/** What a JPEG's first frame header says. */
export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  /** The start-of-frame marker's second byte: C0 baseline, C1 extended, C2 progressive, ... */
  readonly marker: number;
  /** Bits a sample. */
  readonly precision: number;
  /** Components: 1 grey, 3 colour, 4 ink. */
  readonly components: number;
}

/**
 * A JPEG's first frame header, found by walking the markers just as the decoder does: what is checked here against a limit is what
 * will be decoded. Between segments it skips stray and fill bytes, as the decoder does.
 * @returns null when no frame header comes before the first scan. O(bytes), no allocation
 * Source: ITU T.81, B.1.1.2 and B.2.2.
 */
export function readJpegFrame(bytes: Uint8Array): JpegFrame | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  for (;;) {
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    if (marker === 0 || hasNoLength(marker)) continue;
    // A segment tells its length next, which counts itself.
    if (endsHeaders(marker) || at + 2 > bytes.length) return null;
    const length = view.getUint16(at);
    if (isFrame(marker)) return length >= 8 && at + 8 <= bytes.length ? frameAt(view, at, marker) : null;
    if (length < 2) return null;
    at += length;
  }
}

function frameAt(view: DataView, at: number, marker: number): JpegFrame {
  return {
    marker,
    precision: view.getUint8(at + 2),
    height: view.getUint16(at + 3),
    width: view.getUint16(at + 5),
    components: view.getUint8(at + 7),
  };
}

function isFrame(marker: number): boolean {
  return marker === JPEG_LS || (marker >= 0xc0 && marker <= 0xcf && !NO_FRAME.has(marker));
}

/** TEM and the restart markers, which mean nothing here and are skipped. */
function hasNoLength(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

function endsHeaders(marker: number): boolean {
  return marker === START_OF_IMAGE || marker === START_OF_SCAN || marker === END_OF_IMAGE;
}

/** @throws AppError BAD_IMAGE that names a kind of JPEG which libjpeg-turbo, as it was built here, does not decode */
export function checkJpegKind({ marker, precision, components }: JpegFrame): void {
  const kind = unsupportedKind(marker);
  if (kind !== null)
    throw new AppError('BAD_IMAGE', `${kind} JPEG is not supported: expected Huffman coding by DCT`);
  if (precision !== 8) {
    throw new AppError('BAD_IMAGE', `JPEG of ${precision} bits a sample is not supported: expected 8`);
  }
  if (components !== 1 && components !== 3 && components !== 4) {
    throw new AppError('BAD_IMAGE', `JPEG of ${components} components is not supported: expected 1, 3 or 4`);
  }
}

function unsupportedKind(marker: number): string | null {
  if (marker === JPEG_LS) return 'Near-lossless (JPEG-LS)';
  if (LOSSLESS.has(marker)) return 'Lossless';
  if (HIERARCHICAL.has(marker)) return 'Hierarchical';
  return ARITHMETIC.has(marker) ? 'Arithmetic-coded' : null;
}

/** A JPEG's scans up to the picture's own end: what telephones append behind that (a film, a depth map) is not looked at. */
export interface JpegScans {
  readonly count: number;
  /** Components of all scans together: each of them is walked through on its own. */
  readonly components: number;
  /** Whether the end marker is there. */
  readonly isWhole: boolean;
}

/** O(bytes), no allocation. */
export function readJpegScans(bytes: Uint8Array): JpegScans {
  let count = 0;
  let components = 0;
  let lastScan = 0;
  let at = nextMarker(bytes, 2);
  while (at >= 0 && bytes[at + 1] !== END_OF_IMAGE) {
    if (bytes[at + 1] === START_OF_SCAN) {
      count++;
      components += bytes[at + 4] ?? 0;
      lastScan = at;
    }
    // A segment tells its length, which counts itself; a thumbnail's markers lie inside one.
    at = at + 3 < bytes.length ? nextMarker(bytes, at + 2 + bytes[at + 2] * 256 + bytes[at + 3]) : -1;
  }
  // Damaged data may hold what looks like a marker of a segment longer than the file: the end is there all the same.
  return { count, components, isWhole: at >= 0 || hasEnd(bytes, lastScan) };
}

/** @throws AppError BAD_IMAGE for too many scans, and for a file without its end marker: libjpeg would fill what is missing with grey */
export function checkJpegScans({ count, isWhole }: JpegScans): void {
  if (count > MAX_SCANS) {
    throw new AppError('BAD_IMAGE', `The JPEG has ${count} scans, expected at most ${MAX_SCANS}`);
  }
  if (!isWhole) throw new AppError('BAD_IMAGE', 'The JPEG cannot be decoded: its data ends early');
}

function hasEnd(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at + 1 < bytes.length; at++) {
    if (bytes[at] === 0xff && bytes[at + 1] === END_OF_IMAGE) return true;
  }
  return false;
}

/**
 * Where the next marker with a segment, or the end, begins; -1 when there is none. In a scan's data FF is followed by 00 or a
 * restart marker (D0 to D7), both passed over, as are fill bytes.
 */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue;
    const code = bytes[at + 1];
    if (code !== 0 && code !== 0xff && !hasNoLength(code)) return at;
  }
  return -1;
}
